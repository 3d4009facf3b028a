package org.elohim.protocol.blob.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;

class NumberSetTest {
    /// Whatever is added and removed, it answers as any other sorted set.
    @Property(tries = 200)
    void itIsASortedSet(@ForAll long seed) {
        var random = new Random(seed);
        var numbers = new NumberSet();
        var model = new TreeSet<Long>();
        int range = 1 + random.nextInt(1_000);
        for (int i = 0; i < 300; i++) {
            long number = random.nextInt(range);
            if (random.nextBoolean()) {
                numbers.add(number);
                model.add(number);
            } else {
                numbers.remove(number);
                model.remove(number);
            }
            assertEquals(model.isEmpty(), numbers.isEmpty());
            if (!model.isEmpty()) {
                assertEquals(model.first(), numbers.first());
                assertEquals(model.last(), numbers.last());
            }
            assertEquals(model.contains(number), numbers.contains(number));
        }
        assertEquals(List.copyOf(model), numbers.stream().boxed().toList());
    }
}
