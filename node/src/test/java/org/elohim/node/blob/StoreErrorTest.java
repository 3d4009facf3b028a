package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.node.blob.MemoryDisk.Kind;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Errors of the disk that stay, and callers that make mistakes.
class StoreErrorTest {
    private final MemoryDisk disk = new MemoryDisk();
    private final ScriptedStores stores = new ScriptedStores();

    private static BlobSettings withSegments(int count) {
        return new BlobSettings(
                Script.SEGMENT_BYTES,
                (long) count * Script.SEGMENT_BYTES,
                Script.SMALL_BYTES,
                1,
                30,
                Script.GRACE);
    }

    @Test
    void oneSectorThatCannotBeReadKeepsNothingElseFromBeingServed() throws IOException {
        PackStore store = stores.open(disk);
        ScriptedStores.putAll(store, 60);
        store.checkpoint();
        ScriptedStores.putAll(store, 80);
        List<String> names = disk.names();
        for (String name : names) {
            int length = disk.bytes(name).length;
            for (int at = 0; at < length; at += 4096) {
                MemoryDisk bad = disk.reopened();
                bad.lose(name, at, at + 512);
                String when = name + " at " + at;

                PackStore again = stores.open(bad);

                int lost = ScriptedStores.missing(again, 80).size();
                assertTrue(lost < 20, when + " lost=" + lost);
                assertEquals(new Outcome.Done(), ScriptedStores.put(again, 81), when);
                again.sweep();
                again.compact();
                again.prepare();
                again.checkpoint();
                assertTrue(ScriptedStores.missing(again, 80).size() <= lost, when);
                assertTrue(ScriptedStores.holds(again, 81), when);
                // Whoever brings what is lost finds room for it.
                ScriptedStores.missing(again, 80)
                        .forEach(number -> ScriptedStores.put(again, number));
                assertEquals(List.of(), ScriptedStores.missing(again, 80), when);
                assertEquals(
                        List.of(), ScriptedStores.missing(stores.open(bad.reopened()), 80), when);
            }
        }
    }

    @Test
    void aSectorThatIsLostWhileTheStoreRunsKeepsNoUpkeepFromGoingOn() throws IOException {
        PackStore store = stores.open(disk);
        ScriptedStores.putAll(store, 60);
        for (int number = 0; number < 60; number++) {
            int count = number % 2;
            store.commit(List.of(new Change.References(Script.key(number), count)));
        }
        int segment = store.entry(Script.key(1)).orElseThrow().place().segment();
        disk.lose(FileNames.segment(segment), 4096, 8192);
        stores.pass(Script.GRACE.plusSeconds(1));

        assertEquals(30, store.sweep());
        assertTrue(store.compact() > 0);
        store.checkpoint();

        assertTrue(disk.names().contains(FileNames.segment(segment)));
        assertTrue(disk.names().contains(FlatCheckpoint.FILE_NAME));
    }

    @Test
    void aChangeThatIsAMistakeAnswersForItselfAlone() throws IOException {
        PackStore store = stores.open(disk, withSegments(5));
        var tooLong = new Change.Put(Script.key(1), ByteBuffer.allocate(2 << 20));
        var longerThanASegment =
                new Change.Put(Script.key(2), ByteBuffer.allocate(Script.SEGMENT_BYTES));
        int number = 3;
        while (ScriptedStores.put(store, number) instanceof Outcome.Done) {
            number++;
        }

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                ScriptedStores.putOf(3),
                                tooLong,
                                ScriptedStores.putOf(4),
                                longerThanASegment));

        assertEquals(new Outcome.Done(), outcomes.get(0));
        assertInstanceOf(Outcome.Failed.class, outcomes.get(1));
        assertEquals(new Outcome.Done(), outcomes.get(2));
        assertInstanceOf(Outcome.Failed.class, outcomes.get(3));
        assertInstanceOf(Outcome.Full.class, ScriptedStores.put(store, number));
    }

    @Test
    void afterSomethingUnforeseenTheNextCommitIsAnsweredByWhatBecameOfIt() throws IOException {
        PackStore store = stores.open(disk, withSegments(5));
        assertEquals(new Outcome.Done(), ScriptedStores.put(store, 1));
        disk.failing(
                (_, kind) -> {
                    if (kind == Kind.WRITE) {
                        throw new IllegalStateException("a bug");
                    }
                    return Fate.WORKS;
                });
        assertInstanceOf(
                Outcome.Failed.class,
                store.commit(List.of(ScriptedStores.putOf(2), ScriptedStores.putOf(3))).get(1));
        disk.failing((_, _) -> Fate.WORKS);

        assertEquals(
                List.of(new Outcome.Done(), new Outcome.Absent()),
                store.commit(
                        List.of(ScriptedStores.putOf(4), new Change.References(Script.key(2), 1))));
        assertTrue(ScriptedStores.holds(store, 4));
        assertTrue(ScriptedStores.holds(stores.open(disk.reopened()), 4));
    }

    private interface Steps {
        void take(LargePut put) throws IOException;
    }

    private void assertNothingIsKept(PackStore store, Steps steps) throws IOException {
        long before = store.stats().takenBytes();
        List<String> names = disk.names();
        try (LargePut put = begin(store)) {
            steps.take(put);
        }
        assertEquals(names, disk.names());
        assertEquals(before, store.stats().takenBytes());
        assertEquals(0, store.stats().blobs());
    }

    private static LargePut begin(PackStore store) throws IOException {
        return new LargePut(
                store, store.beginLarge(), change -> store.commit(List.of(change)).getFirst());
    }

    private void failOnce(Kind failing) {
        var left = new AtomicInteger(1);
        disk.failing(
                (_, kind) ->
                        kind == failing && left.getAndDecrement() > 0 ? Fate.FAILS : Fate.WORKS);
    }

    @Test
    void aLargeBlobIsKeptAfterItWasFinishedUnderItsOwnHashOrNotAtAll() throws IOException {
        PackStore store = stores.open(disk);
        byte[] content = new byte[LargeBlobs.BLOCK_BYTES + 1];
        assertNothingIsKept(
                store,
                put -> {
                    put.write(ByteBuffer.wrap(content));
                    put.finish();
                    assertThrows(IllegalArgumentException.class, () -> put.keep(Script.key(1)));
                });
        assertNothingIsKept(
                store,
                put -> {
                    put.write(ByteBuffer.wrap(content));
                    assertThrows(IllegalStateException.class, () -> put.keep(Script.key(1)));
                });
        assertNothingIsKept(
                store,
                put -> {
                    put.write(ByteBuffer.wrap(content));
                    failOnce(Kind.SYNC);
                    assertThrows(IOException.class, put::finish);
                    assertThrows(IllegalStateException.class, put::finish);
                });
        assertNothingIsKept(
                store,
                put -> {
                    failOnce(Kind.WRITE);
                    assertThrows(IOException.class, () -> put.write(ByteBuffer.wrap(content)));
                    assertThrows(
                            IllegalStateException.class, () -> put.write(ByteBuffer.wrap(content)));
                    assertThrows(IllegalStateException.class, put::finish);
                });
        try (LargePut put = begin(store)) {
            put.write(ByteBuffer.wrap(content));
            ContentHash hash = put.finish();
            assertThrows(IllegalStateException.class, () -> put.write(ByteBuffer.wrap(content)));
            assertEquals(new Outcome.Done(), put.keep(hash));
        }
        assertEquals(1, store.stats().blobs());
    }

    @Test
    void aLargeBlobWhoseRecordHasNoRoomLeavesNothing() throws IOException {
        PackStore store = stores.open(disk, withSegments(5));
        int number = 0;
        while (ScriptedStores.put(store, number) instanceof Outcome.Done) {
            number++;
        }
        // Room for the file, and none for its record: words have taken what is kept for them.
        MemoryDisk full = disk.reopened();
        PackStore wider =
                stores.open(
                        full,
                        new BlobSettings(
                                Script.SEGMENT_BYTES,
                                store.stats().takenBytes() + 3000,
                                Script.SMALL_BYTES,
                                1,
                                30,
                                Script.GRACE));
        for (int count = 1; wider.stats().freeSegments() > 1; count++) {
            assertEquals(
                    List.of(new Outcome.Done()),
                    wider.commit(List.of(new Change.References(Script.key(0), count))));
        }
        List<String> names = full.names();
        byte[] content = new byte[Script.SMALL_BYTES + 1];

        for (int i = 0; i < 3; i++) {
            assertInstanceOf(Outcome.Full.class, Script.keepLarge(wider, content));
        }

        assertEquals(takenOf(full), wider.stats().takenBytes());
        assertEquals(names, full.names());
    }

    private static long takenOf(MemoryDisk disk) {
        return disk.names().stream().mapToLong(name -> disk.bytes(name).length).sum();
    }

    @Test
    void aLargeBlobThatIsPutOverAndOverIsCountedOnce() throws IOException {
        PackStore store = stores.open(disk);
        byte[] content = new byte[3000];
        for (int i = 0; i < 3; i++) {
            assertEquals(new Outcome.Done(), Script.keepLarge(store, content));
            assertEquals(takenOf(disk), store.stats().takenBytes());
        }
        failOnce(Kind.SYNC_DIRECTORY);
        byte[] other = new byte[4000];
        assertThrows(IOException.class, () -> Script.keepLarge(store, other));
        assertEquals(new Outcome.Done(), Script.keepLarge(store, other));
        assertEquals(takenOf(disk), store.stats().takenBytes());
    }

    @Test
    void aBlobThatHasNoRoomHoldsUpNoWordsAboutOthers() throws IOException {
        PackStore store = stores.open(disk, withSegments(5));
        int number = 0;
        while (ScriptedStores.put(store, number) instanceof Outcome.Done) {
            number++;
        }

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                ScriptedStores.putOf(number),
                                new Change.References(Script.key(0), 1),
                                ScriptedStores.putOf(number + 1),
                                new Change.References(Script.key(1), 1)));

        assertInstanceOf(Outcome.Full.class, outcomes.get(0));
        assertEquals(new Outcome.Done(), outcomes.get(1));
        assertInstanceOf(Outcome.Full.class, outcomes.get(2));
        assertEquals(new Outcome.Done(), outcomes.get(3));
    }

    @Test
    void aSegmentWhoseSyncHasFailedIsUsedAgain() throws IOException {
        PackStore store = stores.open(disk);
        for (int number = 0; number < 50; number++) {
            assertEquals(new Outcome.Done(), ScriptedStores.put(store, number));
            failOnce(Kind.SYNC);
            assertInstanceOf(Outcome.Failed.class, ScriptedStores.put(store, 80));
            disk.failing((_, _) -> Fate.WORKS);
            store.compact();
            if (number % 10 == 0) {
                store.compact();
                int segments = store.stats().segments();
                assertTrue(segments <= 4 + number / 10, number + ": segments=" + segments);
            }
        }
        assertEquals(List.of(), ScriptedStores.missing(store, 50));
        assertEquals(List.of(), ScriptedStores.missing(stores.open(disk.reopened()), 50));
    }
}
