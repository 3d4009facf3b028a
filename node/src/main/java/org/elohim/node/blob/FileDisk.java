package org.elohim.node.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Files in one directory, for nobody but their owner to read.
///
/// Java closes a channel when a thread is interrupted that reads from it. So readers have a channel
/// of their own, which is opened again by the next of them: an interrupted reader must not end the
/// writing of others.
final class FileDisk implements BlobDisk {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    private final Map<String, OpenFile> open = new ConcurrentHashMap<>();

    private FileDisk(Path directory) {
        this.directory = directory;
    }

    static FileDisk in(Path directory) throws IOException {
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new FileDisk(directory);
    }

    @Override
    public List<String> list() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    @Override
    public BlobFile open(String name) throws IOException {
        return opened(
                name,
                FileChannel.open(
                        directory.resolve(name),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE));
    }

    @Override
    public BlobFile create(String name) throws IOException {
        return opened(
                name,
                FileChannel.open(
                        directory.resolve(name),
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        OWNER_ONLY));
    }

    private OpenFile opened(String name, FileChannel channel) {
        var file = new OpenFile(name, channel);
        open.put(name, file);
        return file;
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        OpenFile file = open.remove(from);
        if (file != null) {
            file.name = to;
            open.put(to, file);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(directory.resolve(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private final class OpenFile implements BlobFile {
        private final FileChannel writing;
        private final ReentrantLock reopening = new ReentrantLock();
        private volatile String name;
        private volatile FileChannel reading;
        private volatile boolean closed;

        OpenFile(String name, FileChannel channel) {
            this.name = name;
            this.writing = channel;
            this.reading = channel;
        }

        @Override
        public long size() throws IOException {
            return writing.size();
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            int from = into.position();
            while (true) {
                FileChannel channel = reading.equals(writing) ? reopen(writing) : reading;
                try {
                    readFrom(channel, position, into);
                    return;
                } catch (ClosedChannelException gone) {
                    // Where this thread was interrupted another channel would be closed as well.
                    if (closed || Thread.currentThread().isInterrupted()) {
                        throw gone;
                    }
                    into.position(from);
                    reopen(channel);
                }
            }
        }

        private FileChannel reopen(FileChannel gone) throws IOException {
            reopening.lock();
            try {
                if (reading.equals(gone)) {
                    reading = FileChannel.open(directory.resolve(name), StandardOpenOption.READ);
                }
                return reading;
            } finally {
                reopening.unlock();
            }
        }

        private static void readFrom(FileChannel channel, long position, ByteBuffer into)
                throws IOException {
            long at = position;
            while (into.hasRemaining()) {
                int count = channel.read(into, at);
                if (count < 0) {
                    return;
                }
                at += count;
            }
        }

        @Override
        public void write(long position, ByteBuffer from) throws IOException {
            long at = position;
            while (from.hasRemaining()) {
                at += writing.write(from, at);
            }
        }

        @Override
        public void sync() throws IOException {
            // Without the times of the file; its length is told all the same.
            writing.force(false);
        }

        @Override
        public void close() throws IOException {
            closed = true;
            open.remove(name, this);
            writing.close();
            if (!reading.equals(writing)) {
                reading.close();
            }
        }
    }
}
