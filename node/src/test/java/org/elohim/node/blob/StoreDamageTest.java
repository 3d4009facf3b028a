package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// What the disk itself does to what lies on it.
class StoreDamageTest {
    private static final int[] SMALL = IntStream.range(0, 20).toArray();
    private static final int LARGE = 95;

    private final Script script = new Script(3);

    private MemoryDisk filled() throws IOException {
        var disk = new MemoryDisk();
        PackStore store = script.open(disk);
        script.put(store, SMALL);
        script.large(store, LARGE);
        store.checkpoint();
        // Of the last write a damaged record may be what a crash has left.
        script.put(store, 30);
        return disk.reopened();
    }

    @Test
    @DisplayName("R-08: 10,000 flipped bits in segments and files: none is served")
    void noFlippedBitIsServed() throws IOException {
        MemoryDisk whole = filled();
        List<String> names =
                whole.names().stream()
                        .filter(name -> name.endsWith(".pack") || name.endsWith(".blob"))
                        .toList();
        PackStore before = script.open(whole.reopened());
        var random = new Random(8);
        int damaged = 0;
        for (int flip = 0; flip < 10_000; flip++) {
            MemoryDisk disk = whole.reopened();
            String name = names.get(random.nextInt(names.size()));
            long bit = random.nextLong(8L * disk.bytes(name).length);
            disk.flip(name, bit);
            boolean withCheckpoint = flip % 2 == 0;
            if (!withCheckpoint) {
                disk.delete(FlatCheckpoint.FILE_NAME);
            }

            PackStore store = script.open(disk);

            String when = "bit " + bit + " of " + name;
            for (int number : SMALL) {
                boolean isHit = isHit(before.entry(Script.key(number)).orElseThrow(), name, bit);
                Found found = store.get(Script.key(number));
                damaged += isHit ? 1 : 0;
                checkSmall(number, found, isHit, withCheckpoint, when);
            }
            checkLarge(store, name.endsWith(".blob"), when);
        }
        assertTrue(damaged > 500, "damaged=" + damaged);
    }

    // In a part of its record that is looked at: what fills it up to the next place is not.
    private static boolean isHit(IndexEntry entry, String name, long bit) {
        int offset = entry.place().offset();
        long at = bit / 8;
        return name.equals(FileNames.segment(entry.place().segment()))
                && at >= offset
                && at < offset + PackFormat.HEAD_BYTES + 40;
    }

    private static void checkSmall(
            int number, Found found, boolean isHit, boolean withCheckpoint, String when) {
        switch (found) {
            case Found.Small(var content) -> {
                assertTrue(!isHit, when);
                assertEquals(ByteBuffer.wrap(Script.content(number)), content, when);
            }
            case Found.Damaged() -> {}
            // Whose it was is told by the damaged head alone.
            case Found.Absent() -> assertTrue(isHit && !withCheckpoint, when);
            case Found.Large _ -> throw new AssertionError(when);
            case Found.Unreadable _ -> throw new AssertionError(when);
        }
    }

    private static void checkLarge(PackStore store, boolean isHit, String when) throws IOException {
        if (store.get(Script.key(LARGE)) instanceof Found.Large(var content)) {
            try (content) {
                ByteBuffer read = content.read(0);
                assertTrue(!isHit, when);
                assertEquals(ByteBuffer.wrap(Script.content(LARGE)), read, when);
            } catch (DamagedBlob found) {
                assertTrue(isHit, when);
                assertInstanceOf(Found.Damaged.class, store.get(Script.key(LARGE)), when);
            }
        }
    }

    @Test
    @DisplayName("R-08: a damaged blob is healed by putting it again, and stays what it was")
    void puttingItAgainHeals() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = script.open(disk);
        store.commit(List.of(new Change.References(Script.key(4), 1)));
        for (int number : new int[] {4, LARGE}) {
            IndexEntry entry = store.entry(Script.key(number)).orElseThrow();
            if (entry.large()) {
                disk.flip(FileNames.large(Script.key(number)), 77);
                try (var content =
                        assertInstanceOf(Found.Large.class, store.get(Script.key(number)))
                                .content()) {
                    assertThrows(DamagedBlob.class, () -> content.read(0));
                }
            } else {
                disk.flip(
                        FileNames.segment(entry.place().segment()),
                        8L * (entry.place().offset() + PackFormat.HEAD_BYTES));
            }
            assertInstanceOf(Found.Damaged.class, store.get(Script.key(number)));
        }

        script.put(store, 4);
        script.large(store, LARGE);

        assertEquals(1, store.entry(Script.key(4)).orElseThrow().references());
        for (PackStore each : List.of(store, script.open(disk.reopened()))) {
            assertEquals(
                    new Found.Small(ByteBuffer.wrap(Script.content(4))), each.get(Script.key(4)));
            try (var content =
                    assertInstanceOf(Found.Large.class, each.get(Script.key(LARGE))).content()) {
                assertEquals(ByteBuffer.wrap(Script.content(LARGE)), content.read(0));
            }
        }
    }

    @Test
    void aSegmentWithADamagedBlobIsNotLetGo() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = script.open(disk);
        IndexEntry kept = store.entry(Script.key(1)).orElseThrow();
        store.commit(List.of(new Change.References(Script.key(1), 1)));
        disk.flip(
                FileNames.segment(kept.place().segment()),
                8L * (kept.place().offset() + PackFormat.HEAD_BYTES));
        var later = script.now().plus(Script.GRACE).plusSeconds(1);
        MemoryDisk after = disk.reopened();
        PackStore again =
                PackStore.open(
                        after,
                        new FlatCheckpoint(after),
                        Script.SETTINGS,
                        () -> later,
                        new Random(1));

        again.sweep();
        again.compact();

        assertInstanceOf(Found.Damaged.class, again.get(Script.key(1)));
        assertEquals(kept.place(), again.entry(Script.key(1)).orElseThrow().place());
        assertEquals(1, again.stats().blobs());
    }

    @Test
    @DisplayName("R-05: every beginning of a segment, with nothing and with zeros behind it")
    void everyBeginningOfASegment() throws IOException {
        MemoryDisk whole = filled();
        whole.delete(FlatCheckpoint.FILE_NAME);
        PackStore before = script.open(whole.reopened());
        int number = before.entry(Script.key(SMALL[5])).orElseThrow().place().segment();
        String name = FileNames.segment(number);
        byte[] bytes = whole.bytes(name);
        for (int cut = 0; cut <= bytes.length; cut += cut < 4096 ? 64 : 1) {
            for (int length : new int[] {cut, bytes.length}) {
                MemoryDisk disk = whole.reopened();
                disk.replace(name, Arrays.copyOf(Arrays.copyOf(bytes, cut), length));

                PackStore store = script.open(disk);

                for (int blob : SMALL) {
                    IndexEntry entry = before.entry(Script.key(blob)).orElseThrow();
                    boolean mustBe =
                            entry.place().segment() != number
                                    || entry.place().offset() + entry.recordBytes() <= cut;
                    checkAfterCut(store, blob, mustBe, "cut at " + cut + " of " + length);
                }
            }
        }
    }

    private static void checkAfterCut(PackStore store, int blob, boolean mustBe, String when) {
        switch (store.get(Script.key(blob))) {
            case Found.Small(var content) ->
                    assertEquals(ByteBuffer.wrap(Script.content(blob)), content, when);
            case Found.Absent() -> assertTrue(!mustBe, blob + " is absent, " + when);
            case Found.Damaged() -> assertTrue(!mustBe, blob + " is damaged, " + when);
            case Found.Large _ -> throw new AssertionError(when);
            case Found.Unreadable _ -> throw new AssertionError(when);
        }
    }

    @Test
    @DisplayName("R-05: of every beginning of a checkpoint nothing is taken")
    void everyBeginningOfACheckpoint() throws IOException {
        MemoryDisk whole = filled();
        byte[] bytes = whole.bytes(FlatCheckpoint.FILE_NAME);
        long scannedWithCheckpoint = script.open(whole.reopened()).stats().scannedBytes();
        for (int cut = 0; cut < bytes.length; cut++) {
            MemoryDisk disk = whole.reopened();
            disk.replace(FlatCheckpoint.FILE_NAME, Arrays.copyOf(bytes, cut));

            PackStore store = script.open(disk);

            String when = "cut at " + cut;
            assertTrue(store.stats().scannedBytes() > scannedWithCheckpoint, when);
            script.check(store, when);
        }
    }

    @Test
    void aFlippedBitInACheckpointCostsReadingEverything() throws IOException {
        MemoryDisk whole = filled();
        long bits = 8L * whole.bytes(FlatCheckpoint.FILE_NAME).length;
        for (long bit = 0; bit < bits; bit += 5) {
            MemoryDisk disk = whole.reopened();
            disk.flip(FlatCheckpoint.FILE_NAME, bit);

            script.check(script.open(disk), "bit " + bit);
        }
    }

    @Test
    void aRecordWithinABlobIsNoRecord() throws IOException {
        var disk = new MemoryDisk();
        PackStore store = script.open(disk);
        script.put(store, 1);
        int segment = store.entry(Script.key(1)).orElseThrow().place().segment();
        byte[] forged = new byte[512];
        // As good as somebody can make it who does not know the segment's tag.
        PackFormat.write(
                new PackRecord(
                        PackRecord.Kind.GONE,
                        segment,
                        0,
                        Script.key(1),
                        Long.MAX_VALUE,
                        Long.MAX_VALUE,
                        0,
                        0,
                        0,
                        0,
                        0),
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(forged));
        var hash = ContentHash.of(Bytes.copyOf(forged));
        store.commit(List.of(new Change.Put(hash, ByteBuffer.wrap(forged))));
        script.put(store, 2);
        // Its head is damaged, so whoever looks for the next record comes upon what it holds.
        IndexEntry entry = store.entry(hash).orElseThrow();
        disk.flip(FileNames.segment(entry.place().segment()), 8L * entry.place().offset());

        PackStore again = script.open(disk.reopened());

        assertEquals(Optional.empty(), again.entry(hash));
        assertInstanceOf(Found.Small.class, again.get(Script.key(1)));
        assertInstanceOf(Found.Small.class, again.get(Script.key(2)));
    }
}
