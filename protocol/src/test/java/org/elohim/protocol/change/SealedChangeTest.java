package org.elohim.protocol.change;

import static org.elohim.protocol.change.Golden.parsed;
import static org.elohim.protocol.change.Golden.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.List;

class SealedChangeTest {
    private static final DocumentId DOCUMENT = DocumentId.parse("37ywKiupmbvrh9DWrSpS64F5P2Dw");
    // The first key pair of RFC 8032, section 7.1.
    private static final Bytes PRIVATE =
            Bytes.parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    private static final Bytes AUTHOR =
            Bytes.parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    private static final ContentHash LOW = ContentHash.parse("00".repeat(32));
    private static final ContentHash HIGH = ContentHash.parse("ff".repeat(32));
    private static final SealedChange CHANGE =
            SealedChange.sign(
                    DOCUMENT,
                    AUTHOR,
                    300,
                    List.of(HIGH, LOW, HIGH),
                    Bytes.parseHex("c0ffee"),
                    SealedChangeTest::signed);

    private static Bytes signed(Bytes message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(
                    KeyFactory.getInstance("Ed25519")
                            .generatePrivate(
                                    new EdECPrivateKeySpec(
                                            NamedParameterSpec.ED25519, PRIVATE.toArray())));
            signature.update(message.toArray());
            return Bytes.copyOf(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    @Test
    void theEncodingIsTheGoldenOne() {
        assertEquals(Golden.file("sealed-change-v1.bin").toHex(), CHANGE.bytes().toHex());
    }

    @Test
    void theGoldenBytesAreReadWithAllTheirFields() {
        SealedChange change = parsed(SealedChange.parse(Golden.file("sealed-change-v1.bin")));

        assertEquals(DOCUMENT, change.document());
        assertEquals(AUTHOR, change.actor());
        assertEquals(300, change.seq());
        assertEquals(List.of(LOW, HIGH), change.deps());
        assertEquals(Bytes.parseHex("c0ffee"), change.ciphertext());
        assertEquals(CHANGE, change);
        assertEquals(
                Chunks.sha256(
                        Bytes.copyOf("elohim sealed change 1\n".getBytes(StandardCharsets.US_ASCII))
                                .concat(change.bytes().slice(0, change.sizeBytes() - 64))),
                change.hash());
        assertTrue(change.isSignedByItsAuthor());
    }

    @Test
    void noBitOfItCanBeChangedUnnoticed() {
        byte[] bytes = CHANGE.bytes().toArray();
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));

            switch (SealedChange.parse(Bytes.copyOf(flipped))) {
                case Decoded.Malformed<SealedChange> _ -> {}
                case Decoded.Parsed<SealedChange>(var change) ->
                        assertFalse(change.isSignedByItsAuthor(), "bit " + bit);
            }
        }
    }

    @Test
    void everyTruncationAndEveryExtraByteIsMalformed() {
        for (int cut = 0; cut < CHANGE.sizeBytes(); cut++) {
            assertTrue(
                    SealedChange.parse(CHANGE.bytes().slice(0, cut)) instanceof Decoded.Malformed,
                    "cut at " + cut);
        }
        assertEquals(
                "sealed change: bytes after the signature: 1",
                reason(SealedChange.parse(CHANGE.bytes().concat(Bytes.parseHex("00")))));
    }

    @Test
    void aNewerVersionIsNamed() {
        Bytes newer = Bytes.parseHex("02").concat(CHANGE.bytes().slice(1, CHANGE.sizeBytes()));

        assertTrue(reason(SealedChange.parse(newer)).contains("version=2"));
    }

    @Test
    void depsInAnotherOrderAreAnotherEncodingAndRefused() {
        Bytes front = CHANGE.bytes().slice(0, 52);
        Bytes back = CHANGE.bytes().slice(52 + 64, CHANGE.sizeBytes());
        Bytes descending = front.concat(HIGH.bytes()).concat(LOW.bytes()).concat(back);

        assertEquals("sealed change: deps do not ascend", reason(SealedChange.parse(descending)));
    }

    @Test
    void whateverComesBehindDepsInTheWrongOrderDoesNotThrow() {
        Bytes front = CHANGE.bytes().slice(0, 51).concat(Bytes.parseHex("03"));
        Bytes back = CHANGE.bytes().slice(52 + 64, CHANGE.sizeBytes());
        Bytes three = HIGH.bytes().concat(LOW.bytes()).concat(HIGH.bytes());

        assertEquals(
                "sealed change: deps do not ascend",
                reason(SealedChange.parse(front.concat(three).concat(back))));
    }

    @Test
    void whatCannotBeEncodedIsNotSigned() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        SealedChange.sign(
                                DOCUMENT,
                                AUTHOR,
                                0,
                                List.of(),
                                Bytes.EMPTY,
                                SealedChangeTest::signed));
    }

    @Test
    void bothKindsOfChangesAreToldApart() {
        Bytes chunk = Golden.changes("automerge-js-small.bin").getFirst().bytes();

        assertTrue(parsed(Change.parse(CHANGE.bytes())) instanceof SealedChange);
        assertTrue(parsed(Change.parse(chunk)) instanceof ChangeChunk);
        assertEquals("no bytes", reason(Change.parse(Bytes.EMPTY)));
    }
}
