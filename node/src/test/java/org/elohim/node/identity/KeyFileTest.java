package org.elohim.node.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.Random;

class KeyFileTest {
    // The seed of 32 zero bytes and its published peer id: a stored key stays readable.
    private static final String STORED =
            """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            -----END PRIVATE KEY-----
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAO2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=
            -----END PUBLIC KEY-----
            """;
    private static final String STORED_ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

    @TempDir Path temporary;
    private DataDirectory directory;

    @BeforeEach
    void open() throws StartFailure {
        directory = DataDirectory.open(temporary);
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    @Test
    void isMadeOnceForItsOwnerAloneAndLoadedAfter() throws Exception {
        NodeKey made = KeyFile.loadOrCreate(directory);
        NodeKey loaded = KeyFile.loadOrCreate(directory);

        assertEquals(made.id(), loaded.id());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        Bytes message = Bytes.copyOf(new byte[] {7});
        assertEquals(made.sign(message), loaded.sign(message));
    }

    @Test
    void theStoredFormStays() {
        NodeKey key = KeyFile.parse(STORED);

        assertEquals(STORED_ID, key.id().toString());
        assertEquals(STORED, KeyFile.render(key));
    }

    @Test
    void anyChangedBitOfTheKeyIsSeenAndTheFileLeftAlone() throws Exception {
        var random = new Random(42);
        for (int round = 0; round < 100; round++) {
            String[] lines = STORED.split("\n", -1);
            int line = random.nextBoolean() ? 1 : 4;
            byte[] key = Base64.getDecoder().decode(lines[line]);
            // The bytes before it are the header: a changed one is another kind of key.
            int header = key.length - 32;
            key[header + random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
            lines[line] = Base64.getEncoder().encodeToString(key);
            refusesAndLeaves(String.join("\n", lines).getBytes(US_ASCII));
        }
    }

    @Test
    void whatIsNoKeyIsRefusedAndLeftAlone() throws Exception {
        byte[] noise = new byte[500];
        new Random(1).nextBytes(noise);
        refusesAndLeaves(noise);
        refusesAndLeaves(new byte[0]);
        refusesAndLeaves(STORED.substring(0, 100).getBytes(US_ASCII));
        refusesAndLeaves(new byte[1 << 20]);
        refusesAndLeaves("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n".getBytes(US_ASCII));
    }

    @Test
    void aKeyOfAnotherKindIsRefusedAndLeftAlone() throws Exception {
        var pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
        String pem =
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
                        .formatted(
                                Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded()),
                                Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));

        refusesAndLeaves(pem.getBytes(US_ASCII));
    }

    @Test
    void aKeyThatOthersCanReadIsRefusedWithTheWayOut() throws Exception {
        KeyFile.loadOrCreate(directory);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));

        var refused = assertThrows(StartFailure.class, () -> KeyFile.loadOrCreate(directory));

        assertTrue(refused.getMessage().contains("chmod 600 " + file()), refused.getMessage());
    }

    @Test
    void aDirectoryInItsPlaceIsRefused() throws Exception {
        Files.createDirectory(file());

        assertThrows(StartFailure.class, () -> KeyFile.loadOrCreate(directory));
    }

    @Test
    void neverPrintsThePrivateHalf() {
        NodeKey key = NodeKey.generate();

        assertFalse(key.toString().contains(KeyFile.render(key).split("\n", -1)[1]));
    }

    private void refusesAndLeaves(byte[] content) throws IOException {
        Files.deleteIfExists(file());
        Files.write(file(), content);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));

        var refused = assertThrows(StartFailure.class, () -> KeyFile.loadOrCreate(directory));

        assertEquals(ExitCode.UNTRUSTED_DATA, refused.exitCode());
        assertArrayEquals(content, Files.readAllBytes(file()));
    }

    private Path file() {
        return temporary.resolve(KeyFile.NAME);
    }
}
