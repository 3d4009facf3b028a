package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.UnfinishedBlobs.Name;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Large blobs that are begun in one life of a store and gone on with in the next, for tests.
abstract class UnfinishedStores {
    static final int BLOCK = LargeBlobs.BLOCK_BYTES;
    static final int PART = BLOCK / 2 + 77;
    static final byte[] CONTENT = random(1, 4 * BLOCK + 100);
    static final ContentHash KEY = hash(CONTENT);
    static final Name FETCH = Name.ofNode(KEY);
    static final ContentHash ANA = hash(random(2, 10));
    static final Name UPLOAD = new Name(KEY, ANA);
    static final BlobSettings SETTINGS =
            new BlobSettings(
                    Script.SEGMENT_BYTES, 1 << 20, Script.SMALL_BYTES, 1, 30, Script.GRACE);

    final ScriptedStores stores = new ScriptedStores();
    MemoryDisk disk = new MemoryDisk();

    static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    PackStore open() throws IOException {
        return stores.open(disk, SETTINGS);
    }

    static LargePut put(PackStore store, LargeWriting writing) {
        return new LargePut(store, writing, change -> store.commit(List.of(change)).getFirst());
    }

    static void write(LargePut put, long to) throws IOException {
        while (put.contentBytes() < to) {
            int from = (int) put.contentBytes();
            put.write(ByteBuffer.wrap(CONTENT, from, (int) Math.min(PART, to - from)));
        }
    }

    static LargePut begun(PackStore store, Name name, int bytes) throws IOException {
        LargePut put = put(store, store.beginLarge(name));
        write(put, bytes);
        return put;
    }

    static void rested(PackStore store, Name name, int bytes) throws IOException {
        begun(store, name, bytes).rest();
    }

    static Optional<LargePut> goOn(PackStore store, Name name) throws IOException {
        return store.goOnLarge(name).map(writing -> put(store, writing));
    }

    /// Brings it as who receives does: goes on with what is there, and begins anew where that was
    /// spoiled.
    ///
    /// @return where it went on
    static long bring(PackStore store, Name name) throws IOException {
        Optional<LargePut> rested = goOn(store, name);
        long from = rested.map(LargePut::contentBytes).orElse(0L);
        boolean isKept = rested.isPresent() && isKept(rested.get());
        if (!isKept) {
            assertTrue(isKept(put(store, store.beginLarge(name))), "what begins anew is right");
        }
        return from;
    }

    private static void refuse(Outcome outcome) throws IOException {
        if (!(outcome instanceof Outcome.Done)) {
            throw new IOException("not kept: " + outcome);
        }
    }

    static boolean isKept(LargePut put) throws IOException {
        try (put) {
            write(put, CONTENT.length);
            boolean isIt = put.finish().equals(KEY);
            if (isIt) {
                refuse(put.keep(KEY));
            }
            return isIt;
        }
    }

    static boolean isThere(PackStore store) throws IOException {
        return switch (store.get(KEY)) {
            case Found.Large(var content) -> {
                try (content) {
                    byte[] all = new byte[CONTENT.length];
                    for (int at = 0; at < all.length; ) {
                        ByteBuffer block = content.read(at);
                        int count = block.remaining();
                        block.get(all, at, count);
                        at += count;
                    }
                    assertTrue(Arrays.equals(CONTENT, all), "the content");
                    yield true;
                }
            }
            case Found.Absent() -> false;
            case Found other -> throw new AssertionError(other);
        };
    }

    long taken() {
        return disk.names().stream()
                .filter(name -> !name.equals(FlatCheckpoint.FILE_NAME))
                .mapToLong(name -> disk.bytes(name).length)
                .sum();
    }

    List<String> unfinished() {
        return disk.names().stream()
                .filter(
                        name ->
                                FileNames.isUnfinished(name)
                                        || FileNames.partName(name).isPresent())
                .toList();
    }

    void assertComesToItsEnd(Name name, String when) throws IOException {
        PackStore store = open();
        assertEquals(taken(), store.stats().takenBytes(), when);
        bring(store, name);
        assertTrue(isThere(store), when);
        assertEquals(List.of(), unfinished(), when);
        assertEquals(taken(), store.stats().takenBytes(), when);
        disk = disk.afterPowerCut(new Random(3), _ -> false);
        assertTrue(isThere(open()), when + " and a cut");
    }
}
