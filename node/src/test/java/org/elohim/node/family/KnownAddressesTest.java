package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.node.data.SafeFile;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

        assertEquals(List.of(ATTIC, CELLAR), open().all());
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
}
