package org.elohim.client.blob;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/// A part of a file as the body of a request, read as fast as it is sent.
final class FilePart extends InputStream {
    private final FileChannel file;
    private final LongConsumer read;
    private final long end;
    private long at;

    /// @param read hears where the reading stands
    FilePart(FileChannel file, long from, long end, LongConsumer read) {
        this.file = file;
        this.read = read;
        this.at = from;
        this.end = end;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (at >= end) {
            return -1;
        }
        try {
            int count =
                    file.read(ByteBuffer.wrap(into, offset, (int) Math.min(length, end - at)), at);
            if (count < 0) {
                throw new IOException("the file became shorter while it was sent");
            }
            at += count;
            read.accept(at);
            return count;
        } catch (IOException failed) {
            // The client of HTTP hands on no other.
            throw new UncheckedIOException(new LocalFailure(failed));
        }
    }
}
