package org.elohim.protocol.blob;

import org.elohim.protocol.id.ContentHash;

import java.util.Arrays;
import java.util.Optional;

/// One fact of the store, as it lies in a segment.
///
/// A blob that is put has a *life*, which is the number of the record that began it. Whatever is
/// said later about it names that life; of two records about one life the one with the higher
/// `sequence` counts, wherever they lie. So records may be copied elsewhere in any order.
///
/// @param segment the segment that it was written into, and `tag` what this use of the segment is
///   told by: what an earlier use of the same file has left is not taken for a record
/// @param sequence the number of the latest fact that it tells; a copy keeps it
/// @param batch the number of the write that brought it to the disk, which began at `batchStart` of
///   this segment; zero for a copy
/// @param unreferencedSince in seconds since 1970, where `references` is zero
/// @param contentBytes how long the blob is; zero where the record tells nothing of that
public record PackRecord(
        Kind kind,
        int segment,
        long tag,
        ContentHash key,
        long life,
        long sequence,
        long batch,
        int batchStart,
        int references,
        long unreferencedSince,
        long contentBytes) {
    /// What is told.
    public enum Kind {
        /// A blob whose content follows.
        SMALL(1),
        /// A blob whose content lies in a file of its own.
        LARGE(2),
        /// How many references a blob has.
        REFERENCES(3),
        /// A blob is gone, with all its lives up to this one.
        GONE(4);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        /// What stands for it on the disk, for ever.
        byte code() {
            return code;
        }

        static Optional<Kind> ofCode(byte code) {
            return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
        }
    }

    public PackRecord {
        if (contentBytes < 0
                || references < 0
                || (kind == Kind.SMALL && contentBytes > PackFormat.SMALL_BYTES_MAX)) {
            throw new IllegalArgumentException(
                    "kind=" + kind + " bytes=" + contentBytes + " references=" + references);
        }
    }

    /// What it takes in a segment.
    public int sizeBytes() {
        return PackFormat.sizeBytes(kind == Kind.SMALL ? (int) contentBytes : 0);
    }

    public boolean beginsBlob() {
        return kind == Kind.SMALL || kind == Kind.LARGE;
    }
}
