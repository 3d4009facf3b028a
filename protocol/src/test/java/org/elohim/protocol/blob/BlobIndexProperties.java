package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.PackRecord.Kind;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class BlobIndexProperties {
    @Property(tries = 200)
    void itIsAMapThatKnowsItsSums(
            @ForAll @IntRange(min = 1, max = 3000) int keys, @ForAll long seed) {
        var random = new Random(seed);
        var index = new BlobIndex(seed);
        Map<ContentHash, IndexEntry> model = new HashMap<>();
        for (int i = 0; i < 3 * keys; i++) {
            ContentHash key = Records.key(random.nextInt(keys));
            if (random.nextInt(3) == 0) {
                index.remove(key);
                model.remove(key);
            } else {
                IndexEntry entry = random(key, random);
                index.put(entry);
                model.put(key, entry);
            }
        }

        assertEquals(model.size(), index.size());
        for (int i = 0; i < keys; i++) {
            ContentHash key = Records.key(i);
            assertEquals(Optional.ofNullable(model.get(key)), index.get(key));
        }
        assertEquals(
                Set.copyOf(model.values()),
                IntStream.range(0, index.slots())
                        .mapToObj(index::at)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toSet()));
        for (int segment = 1; segment < 5; segment++) {
            int looked = segment;
            long live = model.values().stream().mapToLong(entry -> live(entry, looked)).sum();
            assertEquals(live, index.use(segment).liveBytes());
        }
    }

    private static long live(IndexEntry entry, int segment) {
        return (entry.place().segment() == segment ? (long) entry.recordBytes() : 0)
                + (entry.stateSegment() == segment ? PackFormat.HEAD_BYTES : 0);
    }

    private static IndexEntry random(ContentHash key, Random random) {
        return new IndexEntry(
                key,
                random.nextLong() >>> 1,
                random.nextLong() >>> 1,
                random.nextInt() >>> 1,
                random.nextInt() & 0xffffffffL,
                new Place(
                        1 + random.nextInt(4),
                        random.nextInt(BlobIndex.SEGMENT_BYTES_MAX / PackFormat.ALIGNMENT_BYTES)
                                * PackFormat.ALIGNMENT_BYTES),
                128 + random.nextInt(1 << 20),
                random.nextBoolean(),
                random.nextInt(5),
                random.nextBoolean());
    }

    /// Records of a few blobs through lives, references, ends and copies: whoever reads them in
    /// whatever order knows the same.
    @Property(tries = 1000)
    void theOrderOfRecordsDoesNotMatter(@ForAll long seed) {
        var random = new Random(seed);
        List<PackRecord> records = new ArrayList<>();
        Map<ContentHash, PackRecord> alive = new HashMap<>();
        for (int sequence = 1; sequence < 40; sequence++) {
            int number = random.nextInt(4);
            PackRecord present = alive.get(Records.key(number));
            if (present == null) {
                present = Records.small(number, sequence, 100);
            } else if (random.nextInt(3) == 0) {
                records.add(Records.record(Kind.GONE, number, present.life(), sequence, 0, 0));
                alive.remove(Records.key(number));
                continue;
            } else if (random.nextInt(3) == 0) {
                // A copy tells what is known last, and nothing new.
                records.add(present);
                continue;
            } else {
                int references = random.nextInt(5);
                records.add(
                        Records.record(
                                Kind.REFERENCES, number, present.life(), sequence, references, 0));
                present =
                        Records.record(
                                Kind.SMALL, number, present.life(), sequence, references, 100);
                alive.put(present.key(), present);
                continue;
            }
            records.add(present);
            alive.put(present.key(), present);
        }
        String expected = known(records);
        for (PackRecord record : alive.values()) {
            IndexEntry entry = rebuilt(records).get(record.key()).orElseThrow();
            assertEquals(record.sequence(), entry.sequence());
            assertEquals(record.references(), entry.references());
        }
        assertEquals(alive.size(), rebuilt(records).size());

        Collections.shuffle(records, random);
        assertEquals(expected, known(records));
    }

    private static BlobIndex rebuilt(List<PackRecord> records) {
        var rebuild = new IndexRebuild(new BlobIndex(1), 0, 0);
        for (PackRecord record : records) {
            rebuild.apply(record, 4096, true);
        }
        return rebuild.finish(Set.of(Records.SEGMENT));
    }

    private static String known(List<PackRecord> records) {
        BlobIndex index = rebuilt(records);
        return IntStream.range(0, 4)
                .mapToObj(Records::key)
                .map(index::get)
                .flatMap(Optional::stream)
                .map(
                        entry ->
                                "%s life=%d sequence=%d references=%d"
                                        .formatted(
                                                entry.key(),
                                                entry.life(),
                                                entry.sequence(),
                                                entry.references()))
                .collect(Collectors.joining("\n"));
    }
}
