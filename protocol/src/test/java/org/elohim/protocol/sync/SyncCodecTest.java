package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.wire.Digest;
import org.elohim.protocol.sync.wire.Digests;
import org.elohim.protocol.sync.wire.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

class SyncCodecTest {
    static Stream<String> golden() {
        return Messages.golden().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("golden")
    void whatPeersInTheFieldSayIsReadAndWrittenTheSame(String name) {
        SyncMessage message = Objects.requireNonNull(Messages.golden().get(name));
        String file = resource(name);
        assertEquals(file, SyncCodec.encode(message).toHex());
        assertEquals(new Decoded.Parsed<>(message), SyncCodec.decode(Bytes.parseHex(file)));
    }

    @Test
    void aDeletionByPeersThatDoNotCountLivesIsTheFirst() {
        assertEquals(
                new Decoded.Parsed<>(new SyncMessage.Deleted(45, Messages.document(1), 1)),
                SyncCodec.decode(Bytes.parseHex(resource("deleted"))));
    }

    @Test
    void aLifeThatDoesNotFitItsMarkIsRefused() {
        DocumentId document = Messages.document(1);
        for (long life : new long[] {-1, 0, 2, SyncMessage.LIFE_MAX + 1}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new SyncMessage.Deleted(1, document, life));
        }
        for (long life : new long[] {-2, 0, 1, SyncMessage.LIFE_MAX + 2}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new SyncMessage.Restored(1, document, life));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyncMessage.Digest(document, Messages.hash(1), -1));
    }

    @Test
    void aFrameOfManyEmptyThingsIsRefusedBeforeItIsTakenApart() {
        var digests =
                Digests.newBuilder()
                        .addAllDigests(Collections.nCopies(1 << 19, Digest.getDefaultInstance()));
        malformed(Frame.newBuilder().setDigests(digests).build().toByteArray());
    }

    @Test
    void aSecondMessageInAFrameIsRefused() {
        Bytes one = SyncCodec.encode(new SyncMessage.Ack(1, Tier.ACCEPTED));
        malformed(one.concat(one).toArray());
    }

    @Test
    void positionsThatWouldOverflowAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SyncMessage.Ack(-1, Tier.ACCEPTED));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyncMessage.Ack(Long.MAX_VALUE, Tier.ACCEPTED));
    }

    @Test
    void theLargestChangeFitsIntoAFrame() {
        var changes =
                new SyncMessage.Changes(
                        Messages.document(1), List.of(Bytes.copyOf(new byte[(8 << 20) + 64])));
        assertInstanceOf(Decoded.Parsed.class, SyncCodec.decode(SyncCodec.encode(changes)));
    }

    private static void malformed(byte[] frame) {
        assertInstanceOf(Decoded.Malformed.class, SyncCodec.decode(Bytes.copyOf(frame)));
    }

    private static String resource(String name) {
        try (var in = SyncCodecTest.class.getResourceAsStream("/golden/sync/" + name + ".hex")) {
            return new String(
                            Objects.requireNonNull(in, name).readAllBytes(),
                            StandardCharsets.US_ASCII)
                    .strip();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
