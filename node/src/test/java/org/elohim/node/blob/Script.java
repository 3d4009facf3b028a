package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/// A life of a store in which everything happens that it can do, and what may be found afterwards.
///
/// Of each blob it keeps what was answered as done, and what may have become of it since by what
/// was answered otherwise or not at all.
final class Script {
    static final int SEGMENT_BYTES = 8 << 10;
    static final int SMALL_BYTES = 1024;
    static final Duration GRACE = Duration.ofDays(7);
    static final BlobSettings SETTINGS =
            new BlobSettings(SEGMENT_BYTES, 100 * SEGMENT_BYTES, SMALL_BYTES, 1, 30, GRACE);

    private static final Instant START = Instant.parse("2026-11-29T00:00:00Z");
    // What a blob may be found as, beside a count of its references.
    private static final int GONE = -1;
    private static final int LARGE_FROM = 90;

    private final Map<Integer, Set<Integer>> possible = new HashMap<>();
    private final Random random;
    private Instant now = START;

    Script(long seed) {
        this.random = new Random(seed);
    }

    /// Blob `number`; the last ones are large.
    static byte[] content(int number) {
        byte[] content = new byte[number >= LARGE_FROM ? 1500 + number : 40 + number * 37 % 700];
        new Random(number).nextBytes(content);
        return content;
    }

    static ContentHash key(int number) {
        return ContentHash.of(Bytes.copyOf(content(number)));
    }

    Instant now() {
        return now;
    }

    PackStore open(MemoryDisk disk) throws IOException {
        return open(disk, SETTINGS);
    }

    PackStore open(MemoryDisk disk, BlobSettings settings) throws IOException {
        return PackStore.open(
                disk, new FlatCheckpoint(disk), settings, () -> now, new Random(random.nextLong()));
    }

    /// Plays all of it; whatever fails is passed over, as a caller would that tries again later.
    void run(PackStore store) {
        put(store, 0, 1, 2, 3, 4);
        refer(store, 1, 0, 1, 2, 95);
        large(store, 95);
        refer(store, 1, 95, 3);
        put(store, 5, 6, 7, 5, 8, 9, 10);
        refer(store, 1, 5, 6);
        refer(store, 2, 5);
        refer(store, 0, 0, 6);
        refer(store, 3, 1);
        refer(store, 2, 1, 1);
        upkeep(store::checkpoint);
        put(store, 11, 12, 13, 14, 15, 16);
        refer(store, 1, 11, 13, 15);
        now = now.plus(GRACE.minusDays(1));
        put(store, 7);
        large(store, 96);
        now = now.plus(Duration.ofDays(2));
        sweep(store);
        upkeep(store::compact);
        put(store, 0, 17, 18);
        refer(store, 1, 17);
        refer(store, 0, 2, 3, 95);
        upkeep(store::checkpoint);
        now = now.plus(GRACE.plusDays(1));
        sweep(store);
        upkeep(store::prepare);
        upkeep(store::compact);
        put(store, 19, 20, 21, 22, 1);
        refer(store, 1, 19, 20, 1);
        upkeep(store::compact);
        refer(store, 0, 19);
        large(store, 95);
        // More than was made ready, and most of it goes again: files that were not filled before.
        put(store, IntStream.rangeClosed(23, 40).toArray());
        put(store, IntStream.rangeClosed(41, 58).toArray());
        refer(store, 1, 23, 41);
        now = now.plus(GRACE.plusDays(1));
        sweep(store);
        upkeep(store::compact);
        put(store, 59, 60);
    }

    void put(PackStore store, int... numbers) {
        List<Change> changes = new ArrayList<>();
        for (int number : numbers) {
            changes.add(new Change.Put(key(number), ByteBuffer.wrap(content(number))));
        }
        List<Outcome> outcomes = store.commit(changes);
        for (int i = 0; i < numbers.length; i++) {
            wasPut(numbers[i], outcomes.get(i));
        }
    }

    void large(PackStore store, int number) {
        Outcome outcome;
        try {
            // Every other one could be gone on with.
            LargeWriting writing =
                    number % 2 == 0
                            ? store.beginLarge(UnfinishedBlobs.Name.ofNode(key(number)))
                            : store.beginLarge();
            outcome = keepLarge(store, writing, content(number));
        } catch (IOException failed) {
            outcome = new Outcome.Failed(failed.toString());
        }
        wasPut(number, outcome);
    }

    static Outcome keepLarge(PackStore store, byte[] content) throws IOException {
        return keepLarge(store, store.beginLarge(), content);
    }

    private static Outcome keepLarge(PackStore store, LargeWriting writing, byte[] content)
            throws IOException {
        writing.write(ByteBuffer.wrap(content));
        assertEquals(ContentHash.of(Bytes.copyOf(content)), writing.finish());
        return store.keepLarge(writing, 0, change -> store.commit(List.of(change)).getFirst());
    }

    private void wasPut(int number, Outcome outcome) {
        Set<Integer> before = possible(number);
        var after = new HashSet<>(before);
        after.remove(GONE);
        after.add(0);
        if (!before.contains(GONE)) {
            after = new HashSet<>(before);
        }
        learn(number, after, outcome);
    }

    void refer(PackStore store, int count, int... numbers) {
        for (int number : numbers) {
            Outcome outcome =
                    store.commit(List.of(new Change.References(key(number), count))).getFirst();
            var after = new HashSet<Integer>();
            for (int before : possible(number)) {
                if (before != GONE) {
                    after.add(count);
                } else if (!(outcome instanceof Outcome.Done)) {
                    after.add(GONE);
                }
            }
            if (outcome instanceof Outcome.Absent) {
                // The next start may know of it all the same.
                assertTrue(
                        possible(number).contains(GONE),
                        "blob " + number + " is absent and may be " + possible(number));
            }
            learn(number, after, outcome);
        }
    }

    private void sweep(PackStore store) {
        List<Integer> there =
                possible.keySet().stream()
                        .filter(number -> store.entry(key(number)).isPresent())
                        .toList();
        upkeep(store::sweep);
        for (int number : List.copyOf(possible.keySet())) {
            // What the store does not know any more was let go, and that is durable.
            if (there.contains(number) && store.entry(key(number)).isEmpty()) {
                assertTrue(
                        possible(number).contains(0) || possible(number).contains(GONE),
                        "blob " + number + " was wanted");
                // A file whose deletion has failed is found by the next start, and kept for a
                // grace.
                possible.put(
                        number,
                        new HashSet<>(number < LARGE_FROM ? Set.of(GONE) : Set.of(GONE, 0)));
            } else if (possible(number).contains(0)) {
                possible(number).add(GONE);
            }
        }
    }

    /// After a grace.
    void letGo(PackStore store) {
        now = now.plus(GRACE).plusSeconds(1);
        sweep(store);
    }

    private interface Upkeep {
        void run() throws IOException;
    }

    private static void upkeep(Upkeep step) {
        try {
            step.run();
        } catch (IOException failed) {
            // Nobody was promised anything.
        }
    }

    private Set<Integer> possible(int number) {
        return possible.computeIfAbsent(number, _ -> new HashSet<>(Set.of(GONE)));
    }

    private void learn(int number, Set<Integer> after, Outcome outcome) {
        switch (outcome) {
            case Outcome.Done() -> possible.put(number, after);
            case Outcome.Absent() -> {}
            case Outcome.Full _ -> {}
            case Outcome.Failed _ -> possible(number).addAll(after);
        }
    }

    /// After a start: what the store holds is what may be, and stays so.
    void check(PackStore store, String when) throws IOException {
        look(store, when);
        for (int number : List.copyOf(possible.keySet())) {
            possible.put(number, new HashSet<>(Set.of(state(store, number))));
        }
    }

    private static int state(PackStore store, int number) {
        return store.entry(key(number)).map(IndexEntry::references).orElse(GONE);
    }

    /// What the store holds is what may be. Of what it could not write the next start may know
    /// more.
    void look(PackStore store, String when) throws IOException {
        for (int number : List.copyOf(possible.keySet())) {
            String blob = "blob " + number + " " + when;
            int state = state(store, number);
            assertTrue(
                    possible(number).contains(state),
                    blob + " is " + state + " and may be " + possible(number));
            switch (store.get(key(number))) {
                case Found.Small(var content) -> {
                    assertTrue(number < LARGE_FROM, blob);
                    assertEquals(ByteBuffer.wrap(content(number)), content, blob);
                }
                case Found.Large(var content) -> {
                    try (content) {
                        assertEquals(ByteBuffer.wrap(content(number)), content.read(0), blob);
                    }
                }
                case Found.Absent() -> assertEquals(GONE, state, blob);
                case Found.Damaged() -> throw new AssertionError(blob + " is damaged");
                case Found.Unreadable(var words) -> throw new AssertionError(blob + " " + words);
            }
        }
    }

    /// The store takes a blob that nobody has seen.
    void checkItGoesOn(PackStore store, String when) {
        int number = 80;
        Outcome outcome =
                store.commit(List.of(new Change.Put(key(number), ByteBuffer.wrap(content(number)))))
                        .getFirst();
        assertInstanceOf(Outcome.Done.class, outcome, when);
        wasPut(number, outcome);
    }
}
