package org.elohim.protocol.automerge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// The bytes of one WebSocket message <-> one frame, in CBOR.
///
/// Invariants: foreign bytes never throw and cost at most a small multiple of their size; keys that
/// are not known are read past, for newer clients may send more.
public final class FrameCodec {
    /// A sync message, and what stands around it.
    public static final int FRAME_BYTES_MAX = AutomergeCodec.MESSAGE_BYTES_MAX + (1 << 14);

    // What is known is three deep; what is not may be a little deeper.
    private static final int DEPTH_MAX = 8;

    private static final int REASON_CHARS_MAX = 150;

    private static final CBORFactory CBOR =
            CBORFactory.builder()
                    // Names from others would stay in a table for as long as the process runs.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEPTH_MAX)
                                    .maxStringLength(Frame.MESSAGE_CHARS_MAX)
                                    .maxNameLength(Frame.ID_CHARS_MAX)
                                    .build())
                    .build();

    private FrameCodec() {}

    public static Bytes encode(Frame frame) {
        var bytes = new ByteArrayOutputStream();
        try (var out = CBOR.createGenerator(bytes)) {
            new FrameWriter(out).write(frame);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return Bytes.copyOf(bytes.toByteArray());
    }

    public static Decoded<Frame> decode(Bytes bytes) {
        if (bytes.size() > FRAME_BYTES_MAX) {
            return malformed("bytes=" + bytes.size() + ", at most " + FRAME_BYTES_MAX);
        }
        try (var in = CBOR.createParser(bytes.toArray())) {
            return new Decoded.Parsed<>(new FrameReader(in).read());
        } catch (JsonProcessingException notCbor) {
            return malformed(notCbor.getOriginalMessage());
        } catch (IOException notCbor) {
            return malformed(String.valueOf(notCbor.getMessage()));
        } catch (IllegalArgumentException outOfBounds) {
            // Ids and frames check themselves when they are made.
            return malformed(String.valueOf(outOfBounds.getMessage()));
        }
    }

    private static Decoded<Frame> malformed(String reason) {
        String words = reason.substring(0, Math.min(reason.length(), REASON_CHARS_MAX));
        return new Decoded.Malformed<>("frame: " + words);
    }
}
