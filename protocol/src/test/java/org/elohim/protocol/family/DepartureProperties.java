package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.Departure.Other;
import org.elohim.protocol.family.Departure.Step;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Others come, catch up, go away and lose their disks while a node leaves; words get lost, and it
/// is killed now and then.
class DepartureProperties {
    private static final int STEPS = 200;

    private final List<Other> others = new ArrayList<>();

    /// Nobody hears a farewell, and no key is given up, too early; and it comes to its end once all
    /// are there.
    @Property
    void noCopyIsGivenUpThatIsTheLastOne(@ForAll long seed) {
        var random = new Random(seed);
        int wanted = 1 + random.nextInt(2);
        long mark = 1 + random.nextLong(100);
        var departure = new Departure(wanted);
        for (int i = random.nextInt(4); i > 0; i--) {
            others.add(other(random, i, mark));
        }
        boolean told = false;
        boolean written = false;
        long now = 0;
        for (int step = 0; step < STEPS && !over(departure); step++) {
            now += random.nextInt(2_000);
            disturb(random, mark);
            if (random.nextInt(30) == 0) {
                departure = new Departure(wanted);
                told = false;
                written = false;
            }
            switch (departure.next(others, now)) {
                case Step.Settle() -> departure.settled(mark);
                case Step.Wait(int needed, var holders, var reasons) -> {
                    assertTrue(!reasons.isEmpty(), "it says why");
                    assertTrue(holders.size() < needed || nobodyHears(mark));
                }
                case Step.TakeLeave() -> {
                    assertTrue(holders(mark) >= Math.min(wanted + 1, others.size()));
                    assertTrue(holders(mark) >= 1);
                    told = true;
                }
                case Step.Listen() -> {
                    if (random.nextInt(3) == 0) {
                        departure.forgotten();
                        written = true;
                    }
                }
                case Step.Return() -> told = false;
                case Step.GiveUpKey() -> {
                    assertTrue(told && written);
                    if (random.nextBoolean()) {
                        departure.keyGivenUp();
                    }
                }
                case Step.Nothing() -> assertTrue(told && written);
            }
            assertEquals(!told, departure.canStay());
        }
        end(departure, mark, now);
    }

    private static boolean over(Departure departure) {
        return !departure.canStay() && departure.next(List.of(), 0) instanceof Step.Nothing;
    }

    private void end(Departure departure, long mark, long now) {
        others.clear();
        others.add(new Other(id(1), true, mark, ""));
        for (int step = 1; step < 10 && !over(departure); step++) {
            switch (departure.next(others, now + step)) {
                case Step.Settle() -> departure.settled(mark);
                case Step.Listen() -> departure.forgotten();
                case Step.GiveUpKey() -> departure.keyGivenUp();
                case Step.Wait _, Step.TakeLeave _, Step.Return _, Step.Nothing _ -> {}
            }
        }
        assertTrue(over(departure), "it is over in the end");
    }

    private long holders(long mark) {
        return others.stream().filter(each -> each.holds() >= mark).count();
    }

    private boolean nobodyHears(long mark) {
        return others.stream().noneMatch(each -> each.reachable() && each.holds() >= mark);
    }

    private void disturb(Random random, long mark) {
        if (!others.isEmpty()) {
            int at = random.nextInt(others.size());
            others.set(at, other(random, at + 1, mark));
        }
    }

    private static Other other(Random random, int number, long mark) {
        long holds = random.nextInt(3) == 0 ? random.nextLong(mark) : mark + random.nextInt(5);
        return new Other(id(number), random.nextInt(4) > 0, holds, "lags behind");
    }

    private static NodeId id(int number) {
        return new NodeId(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }
}
