package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

class PackProperties {
    @Property
    void whateverBytesComeNothingThrows(@ForAll @Size(max = 400) byte[] bytes, @ForAll int check) {
        var in = ByteBuffer.wrap(bytes);
        PackFormat.read(in);
        SegmentHeader.decode(in);
        var whole = ByteBuffer.allocate(SegmentHeader.SIZE_BYTES).put(bytes).clear();
        assertEquals(Optional.empty(), SegmentHeader.decode(whole));
        var reader = new CheckpointCodec.Reader(_ -> {});
        reader.take(in, check);
        reader.take(in, PackFormat.check(in));
        assertEquals(Optional.empty(), reader.checkpoint());
    }

    @Property(tries = 500)
    void recordsBetweenRubbishAreFound(@ForAll @IntRange(max = 12) int count, @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        var segment = ByteBuffer.allocate(200_000);
        var scanner = new PackScanner();
        List<PackRecord> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int rubbish = random.nextInt(20) * PackFormat.ALIGNMENT_BYTES;
            byte[] bytes = new byte[random.nextBoolean() ? rubbish : 0];
            random.nextBytes(bytes);
            segment.put(bytes);
            PackRecord record = Records.small(i, 1 + i, random.nextInt(9000));
            expected.add(record);
            PackFormat.write(record, Records.content((int) record.contentBytes()), segment);
        }
        byte[] bytes = segment.array();
        List<PackRecord> found = new ArrayList<>();

        scanner.scan(
                Records.SEGMENT,
                Records.TAG,
                0,
                bytes.length,
                (position, into) ->
                        into.put(
                                bytes,
                                (int) position,
                                (int) Math.min(into.remaining(), bytes.length - position)),
                (record, offset, content, isGood) -> {
                    assertTrue(isGood);
                    assertEquals(Records.content((int) record.contentBytes()), content);
                    assertEquals(0, offset % PackFormat.ALIGNMENT_BYTES);
                    found.add(record);
                });

        assertEquals(expected, found);
    }

    @Property(tries = 500)
    void aRecordWhoseHeadIsDamagedIsToldToBeLost(
            @ForAll @IntRange(min = 1, max = 6) int count,
            @ForAll @IntRange(max = 5) int hit,
            @ForAll @IntRange(max = 8 * PackFormat.HEAD_BYTES - 1) int bit)
            throws IOException {
        var segment = ByteBuffer.allocate(4096);
        int at = 0;
        for (int i = 0; i < count; i++) {
            at = i == hit % count ? segment.position() : at;
            PackFormat.write(Records.small(i, 1 + i, 50), Records.content(50), segment);
        }
        byte[] bytes = segment.array();
        bytes[at + bit / 8] ^= (byte) (1 << bit % 8);
        List<PackRecord> found = new ArrayList<>();
        List<Integer> lost = new ArrayList<>();

        new PackScanner()
                .scan(
                        Records.SEGMENT,
                        Records.TAG,
                        0,
                        bytes.length,
                        (position, into) -> into.put(bytes, (int) position, into.remaining()),
                        new PackScanner.Visitor() {
                            @Override
                            public void found(
                                    PackRecord record,
                                    int offset,
                                    ByteBuffer content,
                                    boolean isGood) {
                                found.add(record);
                            }

                            @Override
                            public void lost(int from, int to) {
                                lost.add(from);
                            }
                        });

        assertEquals(count - 1, found.size());
        assertEquals(List.of(at), lost);
    }

    @Property(tries = 200)
    void theTagOfASegmentIsToldByItsRecords(
            @ForAll @IntRange(min = 10, max = 40) int count, @ForAll boolean isFirstLost)
            throws IOException {
        var segment = ByteBuffer.allocate(1 << 16);
        for (int i = 0; i < count; i++) {
            // What somebody has put into a blob says another tag, and as often.
            var content = ByteBuffer.allocate(256);
            PackFormat.write(Records.smallOf(Records.TAG + 1, i, 10), Records.content(10), content);
            PackFormat.write(Records.small(i, 1 + i, 256), content.clear(), segment);
        }
        byte[] bytes = segment.array();
        bytes[PackFormat.HEAD_BYTES / 2] ^= (byte) (isFirstLost ? 1 : 0);

        OptionalLong tag =
                new PackScanner()
                        .tagOf(
                                Records.SEGMENT,
                                0,
                                bytes.length,
                                (position, into) ->
                                        into.put(bytes, (int) position, into.remaining()));

        assertEquals(OptionalLong.of(Records.TAG), tag);
    }

    @Property(tries = 200)
    void recordsOfAnEarlierUseAreNotFound(@ForAll int segment, @ForAll long tag)
            throws IOException {
        var bytes = ByteBuffer.allocate(4096);
        PackFormat.write(Records.small(1, 1, 100), Records.content(100), bytes);
        List<PackRecord> found = new ArrayList<>();

        new PackScanner()
                .scan(
                        segment,
                        tag,
                        0,
                        4096,
                        (_, into) -> into.put(bytes.array(), 0, into.remaining()),
                        (record, _, _, _) -> found.add(record));

        assertEquals(segment == Records.SEGMENT && tag == Records.TAG ? 1 : 0, found.size());
    }
}
