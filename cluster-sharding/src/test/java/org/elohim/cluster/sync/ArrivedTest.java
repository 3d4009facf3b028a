package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.List;

class ArrivedTest {
    private final Signatures signatures = new Signatures();
    private final NodeKey author = NodeKey.generate();
    private final DocumentId document =
            DocumentId.ofRandom(new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    private final DocumentId other = DocumentId.ofRandom(new byte[DocumentId.SIZE_BYTES]);

    @Test
    void whatIsWhatItSaysMayGoToItsDocument() {
        SealedChange change = change(document, author);
        assertEquals(
                new Arrived.Genuine(List.of(change)),
                Arrived.of(document, List.of(change.bytes()), signatures));
    }

    @Test
    void oneBadChangeSpoilsAllThatCameWithIt() {
        Bytes good = change(document, author).bytes();
        for (Bytes bad :
                List.of(
                        change(other, author).bytes(),
                        forged().bytes(),
                        good.slice(0, good.size() - 1),
                        Bytes.EMPTY)) {
            assertInstanceOf(
                    Arrived.Poisoned.class, Arrived.of(document, List.of(good, bad), signatures));
        }
    }

    @Test
    void whatWasFoundGenuineOnceIsSoBitForBitAlone() {
        Bytes good = change(document, author).bytes();
        byte[] flipped = good.toArray();
        flipped[flipped.length - 1] ^= 1;
        for (int i = 0; i < 2; i++) {
            assertInstanceOf(
                    Arrived.Genuine.class, Arrived.of(document, List.of(good), signatures));
            assertInstanceOf(Arrived.Poisoned.class, Arrived.of(other, List.of(good), signatures));
            assertInstanceOf(
                    Arrived.Poisoned.class,
                    Arrived.of(document, List.of(Bytes.copyOf(flipped)), signatures),
                    "the same change with another signature");
        }
        assertEquals(1, signatures.kept());
    }

    private static SealedChange change(DocumentId of, NodeKey signer) {
        return SealedChange.sign(
                of, signer.id().publicKey(), 1, List.of(), Bytes.EMPTY, signer::sign);
    }

    private SealedChange forged() {
        return SealedChange.sign(
                document,
                author.id().publicKey(),
                1,
                List.of(),
                Bytes.EMPTY,
                NodeKey.generate()::sign);
    }
}
