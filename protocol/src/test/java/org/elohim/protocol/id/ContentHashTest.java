package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class ContentHashTest {
    // From FIPS 180-4's examples.
    private static final String OF_ABC =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final String OF_NOTHING =
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    @Test
    void contentIsNamedByItsSha256() {
        Bytes abc = Bytes.copyOf("abc".getBytes(StandardCharsets.US_ASCII));

        assertEquals(OF_ABC, ContentHash.of(abc).toString());
        assertEquals(OF_NOTHING, ContentHash.of(Bytes.EMPTY).toString());
    }

    @Test
    void contentInPartsHasTheNameOfTheWhole() {
        var sha256 = ContentHash.sha256();
        sha256.update((byte) 'a');
        sha256.update((byte) 'b');
        sha256.update((byte) 'c');

        assertEquals(ContentHash.parse(OF_ABC), new ContentHash(Bytes.copyOf(sha256.digest())));
    }
}
