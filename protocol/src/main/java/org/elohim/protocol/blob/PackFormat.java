package org.elohim.protocol.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/// How a record lies in a segment: a head of fixed size with a check of its own, then the content
/// of a small blob, then nothing up to the next multiple of [#ALIGNMENT_BYTES].
///
/// Invariants: whoever reads may begin at any aligned place, and takes nothing for a record whose
/// head is not as its check says. Numbers are little-endian. Released versions read each other: a
/// field that goes leaves its place unused.
public final class PackFormat {
    /// What lies above it has a file of its own.
    public static final int SMALL_BYTES_MAX = 1 << 20;

    public static final int ALIGNMENT_BYTES = 16;
    public static final int HEAD_BYTES = 128;

    static final int MAGIC = 0x31504c45;
    private static final byte VERSION = 1;
    private static final int CHECKED_FROM = 8;
    static final int TAG_AT = 16;
    private static final int KEY_AT = 80;
    private static final int UNUSED_AT = KEY_AT + ContentHash.SIZE_BYTES;

    /// A head, and what its content has to be.
    public record Head(PackRecord record, int contentCheck) {
        /// Whether this is the content of the record.
        public boolean isOf(ByteBuffer content) {
            return check(content) == contentCheck;
        }
    }

    private PackFormat() {}

    public static int sizeBytes(int contentBytes) {
        return (HEAD_BYTES + contentBytes + ALIGNMENT_BYTES - 1)
                / ALIGNMENT_BYTES
                * ALIGNMENT_BYTES;
    }

    /// Writes record and content, which is empty where the record has none, and moves the buffer
    /// on.
    public static void write(PackRecord record, ByteBuffer content, ByteBuffer to) {
        boolean carries = record.kind() == PackRecord.Kind.SMALL;
        if (content.remaining() != (carries ? record.contentBytes() : 0)) {
            throw new IllegalArgumentException(
                    "content bytes=" + content.remaining() + " of " + record);
        }
        ByteBuffer out = to.slice().order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, MAGIC)
                .put(8, VERSION)
                .put(9, record.kind().code())
                .putShort(10, (short) 0)
                .putInt(12, record.segment())
                .putLong(TAG_AT, record.tag())
                .putLong(24, record.life())
                .putLong(32, record.sequence())
                .putLong(40, record.batch())
                .putInt(48, record.batchStart())
                .putInt(52, check(content))
                .putLong(56, record.contentBytes())
                .putInt(64, record.references())
                .putInt(68, 0)
                .putLong(72, record.unreferencedSince())
                .put(KEY_AT, record.key().bytes().toArray())
                .putLong(UNUSED_AT, 0)
                .putLong(UNUSED_AT + Long.BYTES, 0);
        out.putInt(4, check(out.slice(CHECKED_FROM, HEAD_BYTES - CHECKED_FROM)));
        out.position(HEAD_BYTES).put(content.slice());
        int size = record.sizeBytes();
        while (out.position() < size) {
            out.put((byte) 0);
        }
        to.position(to.position() + size);
    }

    /// The head that begins at the buffer's place, which stays; nothing where none does.
    public static Optional<Head> read(ByteBuffer from) {
        if (from.remaining() < HEAD_BYTES) {
            return Optional.empty();
        }
        ByteBuffer in = from.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (in.getInt(0) != MAGIC
                || in.getInt(4) != check(in.slice(CHECKED_FROM, HEAD_BYTES - CHECKED_FROM))
                || in.get(8) != VERSION) {
            return Optional.empty();
        }
        Optional<PackRecord.Kind> kind = PackRecord.Kind.ofCode(in.get(9));
        byte[] key = new byte[ContentHash.SIZE_BYTES];
        in.get(KEY_AT, key);
        long contentBytes = in.getLong(56);
        int references = in.getInt(64);
        // The check finds accidents; a head that somebody made up must not throw either.
        if (kind.isEmpty()
                || contentBytes < 0
                || references < 0
                || (kind.get() == PackRecord.Kind.SMALL && contentBytes > SMALL_BYTES_MAX)) {
            return Optional.empty();
        }
        return Optional.of(
                new Head(
                        new PackRecord(
                                kind.get(),
                                in.getInt(12),
                                in.getLong(TAG_AT),
                                new ContentHash(Bytes.copyOf(key)),
                                in.getLong(24),
                                in.getLong(32),
                                in.getLong(40),
                                in.getInt(48),
                                references,
                                in.getLong(72),
                                contentBytes),
                        in.getInt(52)));
    }

    /// CRC32C from the buffer's place to its limit; both stay.
    static int check(ByteBuffer content) {
        var crc = new CRC32C();
        crc.update(content.slice());
        return (int) crc.getValue();
    }
}
