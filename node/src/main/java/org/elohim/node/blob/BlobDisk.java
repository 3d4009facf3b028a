package org.elohim.node.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// The few file operations that the store is made of, so that tests can let any of them fail and
/// take the power away after any.
///
/// What is written is on the disk for certain only after [BlobFile#sync]; that a file has its name,
/// has lost it or has another one, only after [#syncDirectory].
interface BlobDisk {
    /// A file that is open until it is closed, whatever name it is given meanwhile.
    interface BlobFile extends AutoCloseable {
        long size() throws IOException;

        /// Fills the buffer as far as the file goes.
        void read(long position, ByteBuffer into) throws IOException;

        /// Writes all that remains in the buffer.
        void write(long position, ByteBuffer from) throws IOException;

        /// Takes away what lies behind this place.
        void truncate(long bytes) throws IOException;

        void sync() throws IOException;

        @Override
        void close() throws IOException;
    }

    /// The names of all files.
    List<String> list() throws IOException;

    /// Opens a file that is there.
    ///
    /// @throws java.nio.file.NoSuchFileException where there is none
    BlobFile open(String name) throws IOException;

    /// Makes a file, which must not be there yet.
    BlobFile create(String name) throws IOException;

    /// Fails where there is something of the new name.
    void rename(String from, String to) throws IOException;

    /// Takes the place of what has the new name.
    void replace(String from, String to) throws IOException;

    /// Takes a file away.
    ///
    /// @throws java.nio.file.NoSuchFileException where there is none
    void delete(String name) throws IOException;

    void syncDirectory() throws IOException;

    /// How much more fits on it, as far as it tells.
    long usableBytes() throws IOException;
}
