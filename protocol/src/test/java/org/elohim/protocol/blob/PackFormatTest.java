package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.PackRecord.Kind;
import org.elohim.protocol.blob.SegmentHeader.Distrust;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What versions in the field have written can be read for ever.
class PackFormatTest {
    private static final PackRecord SMALL = Records.small(1, 5, 21);
    private static final PackRecord LARGE = Records.record(Kind.LARGE, 2, 6, 9, 4, 5_000_000_000L);
    private static final PackRecord REFERENCES = Records.record(Kind.REFERENCES, 3, 7, 8, 1, 0);
    private static final PackRecord GONE = Records.record(Kind.GONE, 4, 2, 11, 0, 0);
    private static final SegmentHeader HEADER =
            new SegmentHeader(9, Records.TAG, 44, List.of(3, 4), List.of(new Distrust(5, 8192)));

    private static ByteBuffer written(PackRecord record, ByteBuffer content) {
        var out = ByteBuffer.allocate(record.sizeBytes());
        PackFormat.write(record, content, out);
        return out.flip();
    }

    @Test
    void recordsAsTheyWereWritten() throws IOException {
        List<Bytes> golden = golden("records");
        List<PackRecord> records = List.of(SMALL, LARGE, REFERENCES, GONE);
        for (int i = 0; i < records.size(); i++) {
            ByteBuffer content = Records.content(i == 0 ? 21 : 0);
            assertEquals(golden.get(i).toHex(), hex(written(records.get(i), content)));
            PackFormat.Head head = PackFormat.read(golden.get(i).asReadOnlyBuffer()).orElseThrow();
            assertEquals(records.get(i), head.record());
            assertTrue(head.isOf(content));
        }
    }

    @Test
    void aSegmentsHeaderAsItWasWritten() throws IOException {
        Bytes golden = golden("header").getFirst();
        ByteBuffer encoded = HEADER.encode();
        // Zeros up to its end.
        assertEquals(golden.toHex(), hex(encoded.slice(0, golden.size())));
        assertEquals(Optional.of(HEADER), SegmentHeader.decode(encoded));
    }

    @Test
    void aCheckpointAsItWasWritten() throws IOException {
        List<Bytes> golden = golden("checkpoint");
        var checkpoint =
                new Checkpoint(
                        99,
                        12,
                        List.of(new Checkpoint.Segment(7, Records.TAG, 44, 8192, 65536, 128, 11)));
        List<IndexEntry> entries =
                List.of(
                        new IndexEntry(
                                Records.key(1),
                                5,
                                9,
                                2,
                                0,
                                new Place(7, 4096),
                                160,
                                false,
                                8,
                                false),
                        new IndexEntry(
                                Records.key(2),
                                6,
                                6,
                                0,
                                1_764_374_400L,
                                new Place(7, 4256),
                                128,
                                true,
                                IndexEntry.NOWHERE,
                                true));
        List<ByteBuffer> blocks =
                List.of(
                        CheckpointCodec.head(checkpoint),
                        CheckpointCodec.entries(entries),
                        CheckpointCodec.end(2));
        List<IndexEntry> read = new ArrayList<>();
        var reader = new CheckpointCodec.Reader(read::add);
        for (int i = 0; i < blocks.size(); i++) {
            assertEquals(golden.get(i).toHex(), hex(blocks.get(i)));
            assertEquals(Optional.empty(), reader.checkpoint());
            ByteBuffer block = blocks.get(i);
            assertTrue(
                    reader.take(
                            block.slice(
                                    CheckpointCodec.FRAME_BYTES,
                                    block.limit() - CheckpointCodec.FRAME_BYTES),
                            block.getInt(Integer.BYTES)));
        }
        assertEquals(Optional.of(checkpoint), reader.checkpoint());
        assertEquals(entries, read);
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return Bytes.copyOf(copy).toHex();
    }

    private static List<Bytes> golden(String name) throws IOException {
        try (var in = PackFormatTest.class.getResourceAsStream("/golden/blob/" + name + ".hex")) {
            if (in == null) {
                throw new AssertionError("no golden file " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(Bytes::parseHex)
                    .toList();
        }
    }
}
