package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

class BlobTableTest {
    private static final NodeId SELF = node(0);
    private static final int ROUNDS = 6;
    private static final int CHANGES = 900;

    /// A table beside a map of what is in it.
    private static final class Both {
        final Random random;
        final BlobTable table = new BlobTable(SELF);
        final TreeMap<Long, BlobReplication> model = new TreeMap<>();
        final Map<ContentHash, Long> numbers = new HashMap<>();
        // How many hashes there are, and whether they begin alike.
        final int names;
        final boolean alike;
        long last;

        Both(Random random) {
            this.random = random;
            names = 50 + random.nextInt(4_000);
            alike = random.nextInt(8) == 0;
        }

        void change(int appending) {
            if (model.isEmpty() || random.nextInt(100) < appending) {
                begin();
                return;
            }
            long number = any();
            BlobReplication before = known(number);
            BlobReplication after = before.after(ReplicationsTest.event(random, before));
            if (random.nextInt(4) == 0) {
                model.remove(number);
                numbers.remove(before.blob());
                table.remove(number, after);
            } else {
                model.put(number, after);
                table.put(number, after);
            }
        }

        private void begin() {
            ContentHash name = name(random.nextInt(names));
            Long before = numbers.remove(name);
            if (before != null) {
                table.remove(before, known(before));
                model.remove(before);
            }
            long number = next();
            BlobReplication blob =
                    BlobReplication.of(
                            new ReplicationEvent.Accepted(
                                    name,
                                    random.nextInt(1 << 20),
                                    ReplicationsTest.anyReach(random),
                                    SELF,
                                    number + 7));
            for (int events = random.nextInt(6); events > 0; events--) {
                blob = blob.after(ReplicationsTest.event(random, blob));
            }
            model.put(number, blob);
            numbers.put(name, number);
            table.put(number, blob);
        }

        private BlobReplication known(long number) {
            return Objects.requireNonNull(model.get(number));
        }

        // They grow, but what is recorded together may come in another order.
        private long next() {
            long between = last - random.nextInt(20);
            if (random.nextInt(10) == 0 && between > 0 && !model.containsKey(between)) {
                return between;
            }
            last += 1 + (random.nextInt(5) == 0 ? random.nextInt(70) : 0);
            return last;
        }

        private long any() {
            Long number = model.ceilingKey(random.nextLong(last + 1));
            return number == null ? model.firstKey() : number;
        }

        private ContentHash name(int index) {
            ContentHash hash = Families.blob(index);
            return alike
                    ? new ContentHash(
                            Bytes.parseHex("0102030405060708").concat(hash.bytes().slice(8, 32)))
                    : hash;
        }

        void check() {
            assertEquals(model.size(), table.size());
            assertEquals(entries(), table.after(0, Integer.MAX_VALUE));
            for (int i = 0; i < 50; i++) {
                long number = random.nextLong(last + 2);
                assertEquals(model.get(number), table.get(number));
                assertEquals(entries(model.tailMap(number, false), 5), table.after(number, 5));
                ContentHash name = name(random.nextInt(names));
                assertEquals(numbers.getOrDefault(name, HashIndex.ABSENT), table.number(name));
            }
            for (Stage stage : Stage.values()) {
                List<Long> of =
                        model.entrySet().stream()
                                .filter(each -> each.getValue().stage() == stage)
                                .map(Map.Entry::getKey)
                                .toList();
                assertEquals(of.size(), table.count(stage));
                assertEquals(
                        of.isEmpty() ? OptionalLong.empty() : OptionalLong.of(of.getFirst()),
                        table.first(stage));
            }
        }

        List<Numbered> entries() {
            return entries(model, Integer.MAX_VALUE);
        }

        private static List<Numbered> entries(Map<Long, BlobReplication> some, int limit) {
            return some.entrySet().stream()
                    .limit(limit)
                    .map(each -> new Numbered(each.getKey(), each.getValue()))
                    .toList();
        }
    }

    private record Taken(BlobRows frozen, List<Numbered> model) {}

    /// Whatever is put, changed and taken away in whatever order: it answers as a map would, and
    /// what was taken of it before stays as it was.
    @Property(tries = 12)
    void itIsAMapThatCanBeFrozen(@ForAll long seed) {
        var both = new Both(new Random(seed));
        var taken = new ArrayList<Taken>();
        for (int round = 0; round < ROUNDS; round++) {
            int appending = both.random.nextInt(100);
            for (int change = 0; change < CHANGES; change++) {
                both.change(appending);
            }
            both.check();
            if (both.random.nextBoolean()) {
                taken.add(new Taken(both.table.frozen(), both.entries()));
            }
        }
        for (Taken each : taken) {
            assertEquals(each.model(), each.frozen().after(0, Integer.MAX_VALUE));
        }
        while (!both.model.isEmpty()) {
            var first = both.model.pollFirstEntry();
            both.table.remove(first.getKey(), first.getValue());
        }
        both.numbers.clear();
        both.check();
    }

    @Test
    void nothingIsInAnEmptyOne() {
        var table = new BlobTable(SELF);

        assertNull(table.get(7));
        assertEquals(HashIndex.ABSENT, table.number(Families.blob(1)));
        assertEquals(List.of(), table.after(0, 10));
        assertEquals(OptionalLong.empty(), table.first(Stage.DURABLE));
    }

    @Test
    void oneNumberIsNotGivenToTwo() {
        var table = new BlobTable(SELF);
        table.put(1, accepted(1));

        assertThrows(IllegalStateException.class, () -> table.put(1, accepted(2)));
    }

    private static BlobReplication accepted(int blob) {
        return BlobReplication.of(
                new ReplicationEvent.Accepted(Families.blob(blob), 100, Reach.DEFAULT, SELF, blob));
    }
}
