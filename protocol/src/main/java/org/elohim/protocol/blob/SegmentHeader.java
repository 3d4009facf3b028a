package org.elohim.protocol.blob;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What stands at the beginning of a segment, before its first record.
///
/// @param number names the segment and its file, and is never given twice
/// @param tag drawn by chance, so that nobody can put something into a blob that looks like a
///   record
/// @param created a sequence: all records of blobs that were alive then may lie here, of others
///   none
/// @param replaces the segments whose living records were copied into this one. It has its name
///   only once all of them are on the disk: that is when the compaction is done, whatever else is
///   left
/// @param distrusted segments whose writing was reported as failed
public record SegmentHeader(
        int number, long tag, long created, List<Integer> replaces, List<Distrust> distrusted) {
    /// Of a segment nothing counts from `from` on: it was never acknowledged, and what is read
    /// there may not be on the disk.
    public record Distrust(int segment, int from) {}

    /// Records begin behind it, at a page of the disk's own.
    public static final int SIZE_BYTES = 4096;

    /// More do not fit.
    public static final int ENTRIES_MAX = 128;

    private static final long MAGIC = 0x31474553_4d494848L;
    private static final int VERSION = 1;
    private static final int CHECKED_FROM = 12;

    public SegmentHeader {
        replaces = List.copyOf(replaces);
        distrusted = List.copyOf(distrusted);
        if (replaces.size() > ENTRIES_MAX || distrusted.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException(
                    "replaces=" + replaces.size() + " distrusted=" + distrusted.size());
        }
    }

    public ByteBuffer encode() {
        var out = ByteBuffer.allocate(SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(0).putInt(VERSION).putInt(number).putLong(tag).putLong(created);
        out.putInt(replaces.size());
        replaces.forEach(out::putInt);
        out.putInt(distrusted.size());
        distrusted.forEach(each -> out.putInt(each.segment()).putInt(each.from()));
        out.putInt(8, PackFormat.check(out.slice(CHECKED_FROM, SIZE_BYTES - CHECKED_FROM)));
        return out.clear();
    }

    /// Nothing where this is no header, or a damaged one.
    public static Optional<SegmentHeader> decode(ByteBuffer from) {
        if (from.remaining() < SIZE_BYTES) {
            return Optional.empty();
        }
        ByteBuffer in = from.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (in.getLong() != MAGIC
                || in.getInt()
                        != PackFormat.check(in.slice(CHECKED_FROM, SIZE_BYTES - CHECKED_FROM))
                || in.getInt() != VERSION) {
            return Optional.empty();
        }
        int number = in.getInt();
        long tag = in.getLong();
        long created = in.getLong();
        List<Integer> replaces = new ArrayList<>();
        List<Distrust> distrusted = new ArrayList<>();
        int count = in.getInt();
        if (count < 0 || count > ENTRIES_MAX) {
            return Optional.empty();
        }
        for (int i = 0; i < count; i++) {
            replaces.add(in.getInt());
        }
        count = in.getInt();
        if (count < 0 || count > ENTRIES_MAX) {
            return Optional.empty();
        }
        for (int i = 0; i < count; i++) {
            distrusted.add(new Distrust(in.getInt(), in.getInt()));
        }
        return Optional.of(new SegmentHeader(number, tag, created, replaces, distrusted));
    }
}
