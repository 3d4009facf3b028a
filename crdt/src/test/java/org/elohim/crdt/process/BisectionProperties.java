package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

class BisectionProperties {
    @Property
    void exactlyThePoisonedAndWhatBuildsOnThemAreQuarantined(
            @ForAll @IntRange(min = 0, max = 60) int size, @ForAll long seed) {
        var random = new Random(seed);
        var changes = new ArrayList<Candidate>();
        Set<ContentHash> poisoned = new HashSet<>();
        Set<ContentHash> expected = new HashSet<>();
        for (int i = 0; i < size; i++) {
            byte[] name = new byte[ContentHash.SIZE_BYTES];
            name[0] = (byte) i;
            var hash = new ContentHash(Bytes.copyOf(name));
            List<ContentHash> deps =
                    i == 0 || random.nextInt(4) == 0
                            ? List.of()
                            : List.of(changes.get(random.nextInt(i)).hash());
            changes.add(new Candidate(hash, deps, Bytes.EMPTY));
            if (random.nextInt(8) == 0) {
                poisoned.add(hash);
            }
            if (poisoned.contains(hash) || deps.stream().anyMatch(expected::contains)) {
                expected.add(hash);
            }
        }

        // Six halvings find one among sixty, and one more proves it.
        var search = new Bisection(changes, Set.of(), 8 * size + 1);
        while (!search.isDone()) {
            if (search.next().stream().map(Candidate::hash).anyMatch(poisoned::contains)) {
                search.failed("poisoned");
            } else {
                search.survived();
            }
        }

        assertEquals(expected, search.quarantined().keySet());
        assertEquals(Set.of(), search.untried());
    }
}
