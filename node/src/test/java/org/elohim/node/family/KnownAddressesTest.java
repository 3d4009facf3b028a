package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.data.SafeFile;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class KnownAddressesTest {
    private static final Address ATTIC = new Address("192.168.1.7", 4002);
    private static final Address CELLAR = new Address("192.168.1.8", 4002);

    private final NodeId attic = NodeKey.generate().id();

    @TempDir Path directory;

    private KnownAddresses open() {
        return new KnownAddresses(directory);
    }

    @Test
    void whoWasMetWhereIsKnownAfterAStart() {
        open().remember(ATTIC, Optional.empty());
        open().remember(CELLAR, Optional.empty());
        open().remember(ATTIC, Optional.of(attic));
        // Of a code, which knows no better.
        open().remember(ATTIC, Optional.empty());

        assertEquals(List.of(CELLAR, ATTIC), open().all(), "where somebody was met last is last");
        assertEquals(Set.of(ATTIC), open().of(attic));
        open().forget(ATTIC);
        assertEquals(List.of(CELLAR), open().all());
        assertEquals(Set.of(), open().of(attic));
    }

    @Test
    void aFileOfAddressesAloneIsRead() throws Exception {
        SafeFile.write(directory.resolve(KnownAddresses.FILE_NAME), ATTIC + "\n" + CELLAR + "\n");
        assertEquals(List.of(ATTIC, CELLAR), open().all());
    }

    @Test
    void ofOneNodeTheLastAddressesAreKept() {
        KnownAddresses known = open();
        known.remember(CELLAR, Optional.of(NodeKey.generate().id()));
        known.remember(ATTIC, Optional.of(attic));
        for (int day = 0; day < 20; day++) {
            known.remember(at(day), Optional.of(attic));
            known.remember(ATTIC, Optional.of(attic));
        }
        int others = Acquaintances.NODE_ADDRESSES_MAX - 1;
        Set<Address> last =
                IntStream.range(20 - others, 20)
                        .mapToObj(KnownAddressesTest::at)
                        .collect(Collectors.toSet());
        last.add(ATTIC);
        assertEquals(last, known.of(attic), "also the one that stays the same");
        assertEquals(last, open().of(attic));
        assertTrue(open().all().contains(CELLAR));
    }

    @Test
    void whereAllPlacesAreTakenTheOldestMakesRoomButNotTheOnlyOneOfANode() throws Exception {
        String others = lines(Acquaintances.ADDRESSES_MAX - 1, _ -> "");
        write(ATTIC + " " + attic + "\n" + others);
        KnownAddresses known = open();
        known.remember(at(1_000), Optional.empty());
        known.remember(at(1_001), Optional.of(attic));
        assertEquals(Acquaintances.ADDRESSES_MAX, known.all().size());
        assertFalse(known.all().contains(at(0)) || known.all().contains(at(1)), "the oldest");
        assertEquals(Set.of(ATTIC, at(1_001)), known.of(attic), "known nowhere else at first");
        known.remember(at(1_002), Optional.empty());
        assertEquals(Set.of(at(1_001)), known.of(attic), "now it is");
        assertEquals(known.all(), open().all());
    }

    @Test
    void ofNodesOfWhichEachIsKnownAtOneAddressNoneMakesRoom() throws Exception {
        write(lines(Acquaintances.ADDRESSES_MAX, _ -> " " + NodeKey.generate().id()));
        KnownAddresses known = open();
        known.remember(ATTIC, Optional.of(attic));
        assertFalse(known.all().contains(ATTIC));
        assertEquals(Acquaintances.ADDRESSES_MAX, known.all().size());
    }

    @Test
    void aFileThatHoldsTooManyAddressesOfOneNodeIsReadFromItsEnd() throws Exception {
        write(lines(200, _ -> " " + attic));
        assertEquals(Acquaintances.NODE_ADDRESSES_MAX, open().all().size());
        assertEquals(at(199), open().all().getLast());
    }

    private void write(String lines) throws IOException {
        SafeFile.write(directory.resolve(KnownAddresses.FILE_NAME), lines);
    }

    private static String lines(int count, IntFunction<String> who) {
        return IntStream.range(0, count)
                .mapToObj(i -> at(i) + who.apply(i) + "\n")
                .collect(Collectors.joining());
    }

    private static Address at(int number) {
        return new Address("198.51.100.7", 1 + number);
    }
}
