package org.elohim.client.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;

/// Where the bytes of a blob go, hashed as they come.
abstract sealed class Sink {
    private MessageDigest digest = ContentHash.sha256();
    private long have;

    /// So many bytes of the beginning are here.
    final long have() {
        return have;
    }

    final boolean is(ContentHash hash) {
        return hash.bytes().equals(Bytes.copyOf(digest.digest()));
    }

    final void take(byte[] bytes, int count) throws IOException {
        try {
            write(bytes, count);
        } catch (IOException failed) {
            throw new LocalFailure(failed);
        }
        took(bytes, count);
    }

    /// They are here already.
    final void took(byte[] bytes, int count) {
        digest.update(bytes, 0, count);
        have += count;
    }

    final void forget() {
        digest = ContentHash.sha256();
        have = 0;
    }

    abstract void write(byte[] bytes, int count) throws IOException;

    /// From the first byte on once more; `false` where nothing can be taken back.
    abstract boolean beginsAnew() throws IOException;

    /// A file that is read again and cut off where it has to be.
    static final class OfFile extends Sink {
        private final FileChannel file;

        OfFile(FileChannel file) {
            this.file = file;
        }

        @Override
        void write(byte[] bytes, int count) throws IOException {
            var buffer = ByteBuffer.wrap(bytes, 0, count);
            long at = have();
            while (buffer.hasRemaining()) {
                at += file.write(buffer, at);
            }
        }

        @Override
        boolean beginsAnew() throws IOException {
            file.truncate(0);
            forget();
            return true;
        }
    }

    /// A stream of somebody's.
    static final class OfStream extends Sink {
        private final OutputStream out;

        OfStream(OutputStream out) {
            this.out = out;
        }

        @Override
        void write(byte[] bytes, int count) throws IOException {
            out.write(bytes, 0, count);
        }

        @Override
        boolean beginsAnew() {
            return false;
        }
    }
}
