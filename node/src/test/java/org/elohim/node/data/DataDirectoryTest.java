package org.elohim.node.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

class DataDirectoryTest {
    private static final NodeId ANA = new NodeId(Bytes.parseHex("aa".repeat(32)));
    private static final NodeId BOB = new NodeId(Bytes.parseHex("bb".repeat(32)));

    @TempDir Path temporary;

    @Test
    void isMadeForItsOwnerAlone() throws Exception {
        Path path = temporary.resolve("a/b");
        try (var _ = DataDirectory.open(path)) {
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
    }

    @Test
    void aSecondOneIsRefusedAndToldWhoHoldsIt() throws Exception {
        try (var _ = DataDirectory.open(temporary)) {
            var refused = refusal(temporary);

            assertEquals(ExitCode.ENVIRONMENT, refused.exitCode());
            assertTrue(
                    refused.getMessage().contains("process " + ProcessHandle.current().pid()),
                    refused.getMessage());
        }
    }

    @Test
    void opensAgainAfterItWasClosed() throws Exception {
        DataDirectory.open(temporary).close();

        DataDirectory.open(temporary).close();
    }

    @Test
    void isHeldAsLongAsSomebodyHasItOpen() throws Exception {
        assertFalse(DataDirectory.isHeld(temporary.resolve("nowhere")));
        try (var _ = DataDirectory.open(temporary)) {
            assertTrue(DataDirectory.isHeld(temporary));
        }
        assertFalse(DataDirectory.isHeld(temporary));
    }

    @Test
    void theAddressOfAKilledProcessIsGoneOnceTheDirectoryIsHeldAgain() throws Exception {
        Path address = temporary.resolve(NodeAddress.FILE_NAME);
        Files.writeString(address, "http://127.0.0.1:8080");
        try (var _ = DataDirectory.open(temporary)) {
            assertFalse(Files.exists(address));
        }
    }

    @Test
    void belongsToItsFirstNodeEverAfter() throws Exception {
        try (var directory = DataDirectory.open(temporary)) {
            directory.belongTo(ANA, "0.1.0");
            directory.belongTo(ANA, "0.1.0");

            var refused = assertThrows(StartFailure.class, () -> directory.belongTo(BOB, "0.1.0"));

            assertEquals(ExitCode.UNTRUSTED_DATA, refused.exitCode());
            assertTrue(refused.getMessage().contains(ANA.toString()));
            assertTrue(refused.getMessage().contains(BOB.toString()));
        }
    }

    @Test
    void remembersTheLastVersionThatWroteIt() throws Exception {
        try (var directory = DataDirectory.open(temporary)) {
            directory.belongTo(ANA, "0.1.0");
            directory.belongTo(ANA, "0.2.0");
        }
        assertTrue(manifest().contains("written_by = 0.2.0\n"));
    }

    @Test
    void theDirectoryOfANewerVersionIsRefusedByNameAndLeftAlone() throws Exception {
        write("format = 2\nwritten_by = 7.3.1\nnode = in a form nobody knows yet\n");

        var refused = refusal(temporary);

        assertEquals(ExitCode.USAGE, refused.exitCode());
        assertTrue(refused.getMessage().contains("7.3.1"), refused.getMessage());
        assertFalse(Files.exists(temporary.resolve("lock")));
    }

    @Test
    void aDamagedManifestIsRefusedAndLeftAlone() throws Exception {
        for (String damaged :
                new String[] {
                    "",
                    "\0\0\0\0",
                    "format = one\n",
                    "format = 0\n",
                    "format = 1\n",
                    "x".repeat(9999)
                }) {
            write(damaged);

            assertEquals(ExitCode.UNTRUSTED_DATA, refusal(temporary).exitCode(), damaged);
            assertEquals(damaged, manifest());
        }
    }

    @Test
    void aFileInItsPlaceIsNamed() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        var refused = refusal(file);

        assertEquals(ExitCode.ENVIRONMENT, refused.exitCode());
        assertTrue(refused.getMessage().contains("is not a directory"), refused.getMessage());
    }

    @Test
    void aParentThatIsAFileIsNamed() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        var refused = refusal(file.resolve("data"));

        assertEquals(ExitCode.ENVIRONMENT, refused.exitCode());
        assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
    }

    @Test
    void aNameThatOthersReadDifferentlyIsRefused() {
        for (String name : new String[] {"q?synchronous=OFF", "p%41"}) {
            var refused = refusal(temporary.resolve(name));

            assertEquals(ExitCode.USAGE, refused.exitCode());
            assertFalse(Files.exists(temporary.resolve(name)));
        }
    }

    @Test
    void anOwnedDirectoryThatLostAFileIsRefused() throws Exception {
        try (var directory = DataDirectory.open(temporary)) {
            directory.refuseLossOf("node.key");
            directory.belongTo(ANA, "0.1.0");

            var refused =
                    assertThrows(StartFailure.class, () -> directory.refuseLossOf("node.key"));

            assertEquals(ExitCode.UNTRUSTED_DATA, refused.exitCode());
            assertTrue(refused.getMessage().contains("node.key is gone"), refused.getMessage());
        }
    }

    private static StartFailure refusal(Path path) {
        return assertThrows(StartFailure.class, () -> DataDirectory.open(path).close());
    }

    private void write(String manifest) throws IOException {
        Files.writeString(temporary.resolve(DataManifest.FILE_NAME), manifest);
    }

    private String manifest() throws IOException {
        return Files.readString(temporary.resolve(DataManifest.FILE_NAME));
    }
}
