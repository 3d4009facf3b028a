package org.elohim.cluster.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Whose file it is, read from its first bytes.
///
/// Invariants: only reads, and without SQLite: merely opening a file with SQLite may roll back,
/// checkpoint or rename what lies beside it.
sealed interface JournalHeader {
    record Ours(int version) implements JournalHeader {}

    record Foreign(String reason) implements JournalHeader {}

    record Torn(String reason) implements JournalHeader {}

    static JournalHeader read(Path file) throws IOException {
        byte[] header = new byte[Layout.HEADER_BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(header);
        long sizeBytes;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            sizeBytes = channel.size();
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        }
        if (sizeBytes == 0) {
            return new Torn("the file is empty");
        }
        byte[] magic = Arrays.copyOf(header, Layout.MAGIC.length());
        if (!Layout.MAGIC.equals(new String(magic, StandardCharsets.ISO_8859_1))) {
            return new Foreign("not a SQLite file");
        }
        int applicationId = buffer.getInt(Layout.APPLICATION_ID_AT);
        if (applicationId != JournalSchema.APPLICATION_ID) {
            return new Foreign("a SQLite file of another program, application_id=" + applicationId);
        }
        long pages = Integer.toUnsignedLong(buffer.getInt(Layout.PAGE_COUNT_AT));
        int pageBytes = Short.toUnsignedInt(buffer.getShort(Layout.PAGE_SIZE_AT));
        // SQLite writes the largest page size, which does not fit, as 1.
        long expectedBytes = pages * (pageBytes == 1 ? 1 << 16 : pageBytes);
        if (sizeBytes < expectedBytes && !walHoldsPages(file)) {
            return new Torn(
                    "the file has %d bytes, its header says %d"
                            .formatted(sizeBytes, expectedBytes));
        }
        return new Ours(buffer.getInt(Layout.USER_VERSION_AT));
    }

    // A checkpoint that was cut short leaves a short file, and the pages in the WAL.
    private static boolean walHoldsPages(Path file) throws IOException {
        Path wal = file.resolveSibling(file.getFileName() + "-wal");
        return Files.exists(wal) && Files.size(wal) > 0;
    }

    /// Offsets of the database file format, section 1.3; all numbers big-endian.
    final class Layout {
        static final String MAGIC = "SQLite format 3\0";
        static final int HEADER_BYTES = 100;
        static final int PAGE_SIZE_AT = 16;
        static final int PAGE_COUNT_AT = 28;
        static final int USER_VERSION_AT = 60;
        static final int APPLICATION_ID_AT = 68;

        private Layout() {}
    }
}
