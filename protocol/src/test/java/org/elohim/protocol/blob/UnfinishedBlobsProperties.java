package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.UnfinishedBlobs.Going;
import org.elohim.protocol.blob.UnfinishedBlobs.Limits;
import org.elohim.protocol.blob.UnfinishedBlobs.Name;
import org.elohim.protocol.blob.UnfinishedBlobs.Taken;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class UnfinishedBlobsProperties {
    private static final Limits LIMITS = new Limits(6, 2, 1_000, 100, 10);
    private static final ContentHash ANA = hash(100);

    private static ContentHash hash(int number) {
        return ContentHash.of(Bytes.copyOf(new byte[] {(byte) number}));
    }

    private static Name name(int blob, int owner) {
        return owner == 0 ? Name.ofNode(hash(blob)) : new Name(hash(blob), hash(100 + owner));
    }

    /// What lies on the disk and who is at work, as a shell would have it.
    private static final class Model {
        final UnfinishedBlobs blobs = new UnfinishedBlobs(LIMITS);
        final Map<Name, Long> files = new HashMap<>();
        final Map<Name, Long> since = new HashMap<>();
        final Set<Name> atWork = new HashSet<>();
        final Random random;
        long now;

        Model(long seed) {
            random = new Random(seed);
        }

        void step() {
            Name name = name(random.nextInt(5), random.nextInt(3));
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> work(name);
                case 3 -> {
                    if (atWork.remove(name)) {
                        files.remove(name);
                        blobs.end(name);
                    }
                }
                case 4 -> {
                    now += random.nextInt(20);
                    blobs.overdue(now).forEach(this::takeAway);
                    since.forEach(
                            (each, at) ->
                                    assertTrue(
                                            now - at <= (each.owner() == null ? 100 : 10),
                                            "nothing rests too long"));
                }
                default -> blobs.longest().ifPresent(this::takeAway);
            }
            check();
        }

        private void work(Name name) {
            if (atWork.contains(name)) {
                assertEquals(new Taken.Busy(), blobs.take(name));
                rest(name);
                return;
            }
            Taken expected =
                    Optional.ofNullable(files.get(name))
                            .<Taken>map(Taken.GoesOn::new)
                            .orElseGet(Taken.Anew::new);
            assertEquals(expected, blobs.take(name));
            since.remove(name);
            atWork.add(name);
        }

        private void rest(Name name) {
            long bytes = 1L + random.nextInt(600);
            atWork.remove(name);
            files.put(name, bytes);
            since.put(name, now);
            List<Going> going = blobs.rest(name, bytes, now);
            assertFalse(
                    going.stream().anyMatch(each -> each.name().equals(name)),
                    "what rests last stays");
            going.forEach(this::takeAway);
            assertTrue(blobs.resting() <= LIMITS.all());
            assertTrue(blobs.restingBytes() <= LIMITS.bytes() || blobs.resting() == 1);
            long ofSame =
                    since.keySet().stream()
                            .filter(each -> Objects.equals(name.owner(), each.owner()))
                            .count();
            assertTrue(name.owner() == null || ofSame <= LIMITS.ofOwner(), "of one owner");
        }

        private void takeAway(Going going) {
            assertEquals(files.get(going.name()), going.bytes());
            assertEquals(
                    new Taken.Busy(), blobs.take(going.name()), "nobody begins what is deleted");
            files.remove(going.name());
            since.remove(going.name());
            blobs.end(going.name());
        }

        private void check() {
            assertEquals(since.size(), blobs.resting());
            assertEquals(
                    since.keySet().stream().mapToLong(each -> files.getOrDefault(each, 0L)).sum(),
                    blobs.restingBytes());
            since.keySet().forEach(each -> assertTrue(blobs.rests(each)));
        }
    }

    @Property
    void oneIsAtWorkAtEachAndWhatRestsIsBounded(@ForAll long seed) {
        var model = new Model(seed);
        for (int i = 0; i < 200; i++) {
            model.step();
        }
    }

    @Example
    void whoBringsTooMuchLosesHisOwn() {
        var blobs = new UnfinishedBlobs(LIMITS);
        blobs.rest(name(1, 0), 10, 0);
        List<Name> gone = new ArrayList<>();
        for (int i = 2; i < 6; i++) {
            blobs.rest(new Name(hash(i), ANA), 10, 0).forEach(each -> gone.add(each.name()));
        }

        assertEquals(List.of(new Name(hash(2), ANA), new Name(hash(3), ANA)), gone);
        assertTrue(blobs.rests(name(1, 0)));
    }

    @Example
    void oneThatIsLongerThanAllMayBeRestsAlone() {
        var blobs = new UnfinishedBlobs(LIMITS);
        blobs.rest(name(1, 0), 10, 0);

        List<Going> going = blobs.rest(name(2, 0), 5_000, 0);

        assertEquals(List.of(new Going(name(1, 0), 10)), going);
        assertTrue(blobs.rests(name(2, 0)));
    }

    @Example
    void whatCouldNotBeTakenAwayRestsOnceMore() {
        var blobs = new UnfinishedBlobs(LIMITS);
        blobs.rest(name(1, 1), 10, 0);
        Going going = blobs.overdue(11).getFirst();

        blobs.stays(going.name(), going.bytes(), 11);

        assertEquals(List.of(), blobs.overdue(12));
        assertEquals(List.of(going), blobs.overdue(22));
    }
}
