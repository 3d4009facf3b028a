package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Stores at a time of their own, and the blobs of [Script] in them.
final class ScriptedStores {
    private Instant now = Instant.parse("2026-11-29T00:00:00Z");

    Instant now() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    PackStore open(MemoryDisk disk) throws IOException {
        return open(disk, Script.SETTINGS);
    }

    PackStore open(MemoryDisk disk, BlobSettings settings) throws IOException {
        return PackStore.open(disk, new FlatCheckpoint(disk), settings, () -> now, new Random(5));
    }

    static Change.Put putOf(int number) {
        return new Change.Put(Script.key(number), ByteBuffer.wrap(Script.content(number)));
    }

    static Outcome put(PackStore store, int number) {
        return store.commit(List.of(putOf(number))).getFirst();
    }

    static void putAll(PackStore store, int count) {
        for (int number = 0; number < count; number++) {
            assertEquals(new Outcome.Done(), put(store, number));
        }
    }

    static boolean holds(PackStore store, int number) {
        return store.get(Script.key(number))
                .equals(new Found.Small(ByteBuffer.wrap(Script.content(number))));
    }

    static List<Integer> missing(PackStore store, int count) {
        List<Integer> missing = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            if (!holds(store, number)) {
                missing.add(number);
            }
        }
        return missing;
    }
}
