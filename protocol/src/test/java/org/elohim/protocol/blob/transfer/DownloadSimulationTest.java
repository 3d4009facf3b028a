package org.elohim.protocol.blob.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.transfer.Download.Step;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Downloads from sources that lie, stall, end early, lack it or die, one seed after the other.
class DownloadSimulationTest {
    private static final Download.Limits LIMITS = new Download.Limits(1_000, 2, 4_000, 50);
    private static final int SEEDS = 5_000;
    private static final int STEPS_MAX = 20_000;

    private enum Nature {
        HONEST,
        LIAR,
        LIES_NOW_AND_THEN,
        LACKS_IT,
        STALLS,
        ENDS_EARLY,
        SENDS_ELSEWHERE
    }

    private record Asked(long request, NodeId source, long from, long to) {}

    private static final class World {
        final Random random;
        final byte[] content;
        final Map<NodeId, Nature> natures = new HashMap<>();
        final Map<Asked, Long> sent = new HashMap<>();
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        Download download;
        long now;
        boolean kept;
        int beginnings;
        String gaveUp = "";

        World(long seed, int sources, Nature... natures) {
            random = new Random(seed);
            content = new byte[random.nextInt(12_000)];
            random.nextBytes(content);
            for (int i = 0; i < sources; i++) {
                this.natures.put(node(i), natures[random.nextInt(natures.length)]);
            }
            download = new Download(content.length, 0, this.natures.keySet(), LIMITS);
        }

        void run() {
            take(download.begin(now));
            for (int i = 0; i < STEPS_MAX && !download.isOver(); i++) {
                now += random.nextInt(5);
                step();
                download.checkInvariants();
                take(download.tick(now));
                download.checkInvariants();
            }
            assertTrue(download.isOver(), "it does not come to an end");
        }

        private void step() {
            if (sent.isEmpty()) {
                return;
            }
            List<Asked> open = new ArrayList<>(sent.keySet());
            open.sort((a, b) -> Long.compare(a.request(), b.request()));
            Asked asked = open.get(random.nextInt(open.size()));
            long at = sent.getOrDefault(asked, 0L);
            switch (natures.getOrDefault(asked.source(), Nature.HONEST)) {
                case HONEST -> send(asked, at, asked.to(), false);
                case LIAR -> send(asked, at, asked.to(), true);
                case LIES_NOW_AND_THEN -> send(asked, at, asked.to(), random.nextInt(8) == 0);
                case STALLS -> {
                    if (at < (asked.from() + asked.to()) / 2) {
                        send(asked, at, asked.to(), false);
                    }
                }
                case LACKS_IT -> {
                    sent.remove(asked);
                    take(download.failed(asked.request(), "no such piece", true, now));
                }
                case ENDS_EARLY -> {
                    if (at > asked.from()) {
                        sent.remove(asked);
                        take(download.ended(asked.request(), now));
                    } else {
                        send(asked, at, asked.to(), false);
                    }
                }
                case SENDS_ELSEWHERE ->
                        take(download.part(asked.request(), at + 1, ByteBuffer.allocate(10), now));
            }
        }

        private void send(Asked asked, long at, long to, boolean lies) {
            if (at == to) {
                sent.remove(asked);
                take(download.ended(asked.request(), now));
                return;
            }
            int count = (int) Math.min(to - at, 1 + random.nextInt(700));
            byte[] part = Bytes.copyOf(content, (int) at, (int) at + count).toArray();
            if (lies) {
                part[random.nextInt(count)]++;
            }
            sent.put(asked, at + count);
            take(download.part(asked.request(), at, ByteBuffer.wrap(part), now));
        }

        private void take(List<Step> steps) {
            for (Step step : steps) {
                switch (step) {
                    case Step.Ask(long request, var source, long from, long to) -> {
                        assertTrue(to - from <= LIMITS.rangeBytes());
                        sent.put(new Asked(request, source, from, to), from);
                    }
                    case Step.Cancel(long request) ->
                            sent.keySet().removeIf(each -> each.request() == request);
                    case Step.Write(var bytes) -> {
                        byte[] part = new byte[bytes.remaining()];
                        bytes.get(part);
                        written.writeBytes(part);
                    }
                    case Step.BeginAgain() -> {
                        beginnings++;
                        written.reset();
                    }
                    case Step.Verify() -> {
                        kept = Arrays.equals(content, written.toByteArray());
                        take(download.verified(kept, now));
                        return;
                    }
                    case Step.GiveUp(var why) -> gaveUp = why;
                }
            }
        }

        // The power is lost: of what was written some is there, and behind it anything.
        void loseAndSpoil() {
            byte[] left = written.toByteArray();
            int kept = left.length == 0 ? 0 : random.nextInt(left.length + 1);
            written.reset();
            written.write(left, 0, kept);
            int garbage = random.nextInt(content.length - kept + 1);
            byte[] tail = new byte[garbage];
            random.nextBytes(tail);
            written.writeBytes(tail);
        }

        // The process dies, and another begins where this one stood.
        void dieAndResume() {
            download = new Download(content.length, written.size(), natures.keySet(), LIMITS);
            sent.clear();
        }
    }

    private static NodeId node(int number) {
        byte[] key = new byte[NodeId.KEY_BYTES];
        key[0] = (byte) number;
        return new NodeId(Bytes.copyOf(key));
    }

    @Test
    void withOneHonestSourceTheRightContentComesWhateverTheOthersDo() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, 4, Nature.values());
            world.natures.put(node(9), Nature.HONEST);
            world.download = new Download(world.content.length, 0, world.natures.keySet(), LIMITS);

            world.run();

            assertTrue(world.kept, "seed " + seed + ": " + world.gaveUp);
            assertArrayEquals(world.content, world.written.toByteArray());
        }
    }

    @Test
    void whereNobodyHasItOrAllLieItEndsAndSaysWhy() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, 3, Nature.LIAR, Nature.LACKS_IT, Nature.SENDS_ELSEWHERE);
            if (world.content.length == 0) {
                continue;
            }

            world.run();

            assertFalse(world.kept, "seed " + seed);
            assertTrue(world.gaveUp.length() > 10, "seed " + seed + ": " + world.gaveUp);
        }
    }

    @Test
    void afterAKillAtAnyPointItGoesOnFromWhatWasWritten() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, 3, Nature.HONEST, Nature.STALLS, Nature.ENDS_EARLY);
            world.natures.put(node(9), Nature.HONEST);
            world.take(world.download.begin(0));
            int steps = world.random.nextInt(60);
            for (int i = 0; i < steps && !world.download.isOver(); i++) {
                world.step();
            }
            if (world.download.isOver()) {
                continue;
            }
            int before = world.written.size();
            world.dieAndResume();

            world.run();

            assertTrue(world.kept, "seed " + seed);
            assertTrue(world.written.size() >= before);
        }
    }

    @Test
    void afterALossOfPowerThatSpoiledItsEndItBeginsAnewAndEndsWhateverSomeSay() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, 3, Nature.values());
            world.natures.put(node(9), Nature.HONEST);
            world.download = new Download(world.content.length, 0, world.natures.keySet(), LIMITS);
            world.take(world.download.begin(0));
            int steps = world.random.nextInt(60);
            for (int i = 0; i < steps && !world.download.isOver(); i++) {
                world.step();
            }
            if (world.download.isOver()) {
                continue;
            }
            world.loseAndSpoil();
            world.dieAndResume();

            world.run();

            assertTrue(world.kept, "seed " + seed + ": " + world.gaveUp);
        }
    }

    @Test
    void whatWasSpoiledBeforeCostsOneBeginningAndNobodyHisPlace() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, 2, Nature.HONEST);
            world.loseAndSpoil();
            world.dieAndResume();

            world.run();

            assertTrue(world.kept, "seed " + seed);
            assertTrue(world.beginnings <= 1, "seed " + seed + ": " + world.beginnings);
        }
    }

    @Test
    void whoeverBringsAWrongRestToARightBeginningIsNotBlamedBeforeHeIsAlone() {
        var content = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});
        var download = new Download(4, 2, List.of(node(1)), LIMITS);
        var ask = (Step.Ask) download.begin(0).getFirst();
        assertEquals(2, ask.from());
        download.part(ask.request(), 2, content.slice(2, 2), 0);
        assertEquals(List.of(new Step.Verify()), download.ended(ask.request(), 0));

        List<Step> again = download.verified(false, 0);

        assertEquals(new Step.BeginAgain(), again.getFirst());
        assertEquals(0, ((Step.Ask) again.getLast()).from());
    }
}
