package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.node.blob.MemoryDisk.Kind;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/// What is lost or bad never passes for what is there, comes back by being put again, and takes
/// nothing else with it.
class StoreHealingTest {
    private static final byte[] LARGE = new byte[2 * LargeBlobs.BLOCK_BYTES + 17];
    private static final ContentHash LARGE_KEY;

    static {
        new Random(11).nextBytes(LARGE);
        LARGE_KEY = ContentHash.of(Bytes.copyOf(LARGE));
    }

    private final MemoryDisk disk = new MemoryDisk();
    private Instant now = Instant.parse("2026-11-29T00:00:00Z");

    private PackStore open(MemoryDisk disk) throws IOException {
        return PackStore.open(
                disk, new FlatCheckpoint(disk), Script.SETTINGS, () -> now, new Random(5));
    }

    private static Outcome put(PackStore store, int number) {
        return store.commit(
                        List.of(
                                new Change.Put(
                                        Script.key(number),
                                        ByteBuffer.wrap(Script.content(number)))))
                .getFirst();
    }

    private static void refer(PackStore store, ContentHash key, int count) {
        assertEquals(
                List.of(new Outcome.Done()),
                store.commit(List.of(new Change.References(key, count))));
    }

    private static void assertHolds(PackStore store, int number) {
        assertEquals(
                new Found.Small(ByteBuffer.wrap(Script.content(number))),
                store.get(Script.key(number)));
    }

    private static void assertHoldsLarge(PackStore store) throws IOException {
        try (var content = assertInstanceOf(Found.Large.class, store.get(LARGE_KEY)).content()) {
            assertEquals(LARGE.length, content.contentBytes());
            int at = 0;
            while (at < LARGE.length) {
                ByteBuffer part = content.read(at);
                assertEquals(ByteBuffer.wrap(LARGE, at, part.remaining()), part);
                at += part.remaining();
            }
        }
    }

    private void readAllOf(Found found) throws IOException {
        try (var content = assertInstanceOf(Found.Large.class, found).content()) {
            for (int at = 0; at < LARGE.length; at += LargeBlobs.BLOCK_BYTES) {
                content.read(at);
            }
        }
    }

    private static String segmentOf(PackStore store, ContentHash key) {
        return FileNames.segment(store.entry(key).orElseThrow().place().segment());
    }

    @Test
    void whatTheDiskDoesNotGiveIsHealedByAPut() throws IOException {
        PackStore store = open(disk);
        put(store, 1);
        put(store, 2);
        refer(store, Script.key(1), 2);
        IndexEntry lost = store.entry(Script.key(1)).orElseThrow();
        long at = lost.place().offset();
        disk.lose(FileNames.segment(lost.place().segment()), at, at + lost.recordBytes());

        assertInstanceOf(Found.Unreadable.class, store.get(Script.key(1)));
        assertHolds(store, 2);
        assertEquals(new Outcome.Done(), put(store, 1));

        assertHolds(store, 1);
        assertEquals(2, store.entry(Script.key(1)).orElseThrow().references());
        assertHolds(open(disk.reopened()), 1);
    }

    @Test
    void whatTheDiskGivesAgainIsServedAgain() throws IOException {
        PackStore store = open(disk);
        put(store, 1);
        disk.lose(segmentOf(store, Script.key(1)), 0, Script.SEGMENT_BYTES);
        assertInstanceOf(Found.Unreadable.class, store.get(Script.key(1)));

        disk.lose(segmentOf(store, Script.key(1)), 0, 0);

        assertHolds(store, 1);
        long life = store.entry(Script.key(1)).orElseThrow().life();
        put(store, 1);
        assertEquals(life, store.entry(Script.key(1)).orElseThrow().life());
    }

    @Test
    void aLargeBlobWhoseFileIsGoneIsHealedByAPut() throws IOException {
        PackStore store = open(disk);
        Script.keepLarge(store, LARGE);
        refer(store, LARGE_KEY, 1);
        disk.delete(FileNames.large(LARGE_KEY));

        assertInstanceOf(Found.Damaged.class, store.get(LARGE_KEY));
        assertEquals(new Outcome.Done(), Script.keepLarge(store, LARGE));

        assertHoldsLarge(store);
        assertHoldsLarge(open(disk.reopened()));
        assertEquals(1, store.entry(LARGE_KEY).orElseThrow().references());
    }

    @Test
    void aLargeBlobThatTheDiskDoesNotGiveIsHealedByAPut() throws IOException {
        PackStore store = open(disk);
        Script.keepLarge(store, LARGE);
        disk.lose(FileNames.large(LARGE_KEY), 70_000, 70_001);
        assertThrows(IOException.class, () -> readAllOf(store.get(LARGE_KEY)));

        assertEquals(new Outcome.Done(), Script.keepLarge(store, LARGE));

        assertHoldsLarge(store);
        assertHoldsLarge(open(disk.reopened()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aLargeFileThatWasCutBetweenBlocksIsNoBlob(int blocks) throws IOException {
        PackStore store = open(disk);
        Script.keepLarge(store, LARGE);
        String name = FileNames.large(LARGE_KEY);
        int length = blocks * (LargeBlobs.BLOCK_BYTES + Integer.BYTES);
        disk.replace(name, Arrays.copyOf(disk.bytes(name), length));

        assertInstanceOf(Found.Damaged.class, open(disk.reopened()).get(LARGE_KEY));
        assertInstanceOf(Found.Damaged.class, store.get(LARGE_KEY));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFileThatWasCutBetweenBlocksIsNotAdoptedEither(int blocks) throws IOException {
        Script.keepLarge(open(disk), LARGE);
        String name = FileNames.large(LARGE_KEY);
        var other = new MemoryDisk();
        int length = blocks * (LargeBlobs.BLOCK_BYTES + Integer.BYTES);
        other.replace(name, Arrays.copyOf(disk.bytes(name), length));

        assertInstanceOf(Found.Absent.class, open(other).get(LARGE_KEY));
        other.replace(name, disk.bytes(name));
        assertHoldsLarge(open(other.reopened()));
    }

    /// What is flipped in the heads of a blob that somebody refers to.
    enum Hit {
        SMALL(1),
        LARGE(2),
        REFERENCES(3);

        // What stands for it on the disk.
        private final int kind;

        Hit(int kind) {
            this.kind = kind;
        }
    }

    // Where the only record of this kind begins: each head has its kind at its tenth byte.
    private static int offsetOf(byte[] segment, int kind) {
        for (int at = SegmentHeader.SIZE_BYTES; at < segment.length; at += 16) {
            if (PackFormat.read(ByteBuffer.wrap(segment, at, segment.length - at)).isPresent()
                    && segment[at + 9] == kind) {
                return at;
            }
        }
        throw new AssertionError("no record of kind " + kind);
    }

    private void flipIn(Hit hit, String segment, int bit) {
        int at = offsetOf(disk.bytes(segment), hit.kind);
        disk.flip(segment, 8L * at + bit);
    }

    @ParameterizedTest
    @EnumSource
    void noFlippedBitOfAHeadLetsGoOfWhatSomebodyWants(Hit hit) throws IOException {
        byte[] content = hit == Hit.LARGE ? LARGE : Script.content(1);
        ContentHash key = hit == Hit.LARGE ? LARGE_KEY : Script.key(1);
        PackStore store = open(disk);
        if (hit == Hit.LARGE) {
            Script.keepLarge(store, LARGE);
        } else {
            put(store, 1);
        }
        refer(store, key, 1);
        String segment = segmentOf(store, key);
        MemoryDisk whole = disk.reopened();
        for (int bit = 0; bit < 8 * PackFormat.HEAD_BYTES; bit += 7) {
            disk.replace(segment, whole.bytes(segment));
            flipIn(hit, segment, bit);
            Instant start = now;
            now = start.plus(Duration.ofDays(30));
            MemoryDisk after = disk.reopened();
            PackStore later = open(after);

            later.sweep();
            later.compact();
            later.checkpoint();
            PackStore restarted = open(after.reopened());
            now = now.plus(Script.GRACE).minusSeconds(1);
            restarted.sweep();
            restarted.compact();

            String when = hit + " bit " + bit;
            assertTrue(restarted.entry(key).isPresent(), when);
            if (hit == Hit.LARGE) {
                assertHoldsLarge(restarted);
                assertEquals(1, restarted.entry(key).orElseThrow().references(), when);
            } else if (hit == Hit.REFERENCES) {
                assertHolds(restarted, 1);
            } else {
                assertInstanceOf(Found.Damaged.class, restarted.get(key), when);
                restarted.commit(List.of(new Change.Put(key, ByteBuffer.wrap(content))));
                assertHolds(restarted, 1);
                assertEquals(1, restarted.entry(key).orElseThrow().references(), when);
            }
            now = start;
        }
    }

    @Test
    void referencesThatAreSaidAgainAfterAKillAreTheSame() throws IOException {
        PackStore store = open(disk);
        put(store, 1);
        refer(store, Script.key(1), 2);
        // Durable, and never answered.
        store.commit(List.of(new Change.References(Script.key(1), 1)));

        PackStore again = open(disk.reopened());
        refer(again, Script.key(1), 1);
        refer(again, Script.key(1), 1);

        now = now.plus(Script.GRACE).plusSeconds(1);
        assertEquals(0, again.sweep());
        assertEquals(1, again.entry(Script.key(1)).orElseThrow().references());
        assertHolds(again, 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"SYNC", "RENAME", "SYNC_DIRECTORY", "WRITE"})
    void whoFindsALargeBlobDamagedWhileItIsPutAgainLosesNothing(Kind moment) throws IOException {
        PackStore store = open(disk);
        Script.keepLarge(store, LARGE);
        disk.flip(FileNames.large(LARGE_KEY), 70_000L * 8);
        Found old = store.get(LARGE_KEY);
        var isDone = new AtomicBoolean();
        disk.failing(
                (_, kind) -> {
                    if (kind == moment && isDone.compareAndSet(false, true)) {
                        assertThrows(DamagedBlob.class, () -> readAllOf(old));
                    }
                    return Fate.WORKS;
                });

        assertEquals(new Outcome.Done(), Script.keepLarge(store, LARGE));

        assertTrue(isDone.get());
        assertHoldsLarge(store);
        assertHoldsLarge(open(disk.reopened()));
    }

    @Test
    void aSlowReaderOfWhatWasBadDoesNotCondemnWhatIsGood() throws IOException {
        PackStore store = open(disk);
        Script.keepLarge(store, LARGE);
        disk.flip(FileNames.large(LARGE_KEY), 70_000L * 8);
        Found old = store.get(LARGE_KEY);
        assertEquals(new Outcome.Done(), Script.keepLarge(store, LARGE));

        assertThrows(DamagedBlob.class, () -> readAllOf(old));

        assertHoldsLarge(store);
    }

    @Test
    void powerLostWhileABlobIsHealedLeavesItBadOrGoodAndWanted() throws IOException {
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            var disk = new MemoryDisk();
            PackStore store = open(disk);
            put(store, 1);
            Script.keepLarge(store, LARGE);
            refer(store, Script.key(1), 1);
            refer(store, LARGE_KEY, 1);
            damageBoth(disk, store);
            long last = disk.operations() + n;
            disk.failing((number, _) -> number < last ? Fate.WORKS : Fate.FAILS);
            boolean isHealed = put(store, 1) instanceof Outcome.Done;
            try {
                isHealed &= Script.keepLarge(store, LARGE) instanceof Outcome.Done;
            } catch (IOException failed) {
                isHealed = false;
            }
            isOver = disk.operations() < last;
            for (boolean survives : new boolean[] {false, true}) {
                PackStore again = open(disk.afterPowerCut(new Random(n), _ -> survives));
                if (isHealed) {
                    assertHolds(again, 1);
                    assertHoldsLarge(again);
                }
                assertEquals(new Outcome.Done(), put(again, 1));
                assertEquals(new Outcome.Done(), Script.keepLarge(again, LARGE));
                assertHolds(again, 1);
                assertHoldsLarge(again);
                assertEquals(1, again.entry(Script.key(1)).orElseThrow().references());
                assertEquals(1, again.entry(LARGE_KEY).orElseThrow().references());
            }
        }
    }

    private void damageBoth(MemoryDisk disk, PackStore store) throws IOException {
        IndexEntry small = store.entry(Script.key(1)).orElseThrow();
        disk.flip(
                FileNames.segment(small.place().segment()),
                8L * (small.place().offset() + PackFormat.HEAD_BYTES));
        assertInstanceOf(Found.Damaged.class, store.get(Script.key(1)));
        disk.flip(FileNames.large(LARGE_KEY), 70_000L * 8);
        assertThrows(DamagedBlob.class, () -> readAllOf(store.get(LARGE_KEY)));
    }
}
