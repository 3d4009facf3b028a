package org.elohim.node.blob;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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
    private final FileStore store;
    private final Map<String, OpenFile> open = new ConcurrentHashMap<>();

    private FileDisk(Path directory) throws IOException {
        this.directory = directory;
        this.store = Files.getFileStore(directory);
    }

    static FileDisk in(Path directory) throws IOException {
        List<Path> made = new ArrayList<>();
        for (Path each = directory.toAbsolutePath();
                !Files.isDirectory(each);
                each = each.resolve("..").normalize()) {
            made.add(each);
        }
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        // Otherwise what is synced later may lie in a directory that a loss of power takes away.
        for (Path each : made) {
            sync(each.resolve(".."));
        }
        return new FileDisk(directory);
    }

    @Override
    public List<String> list() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        } catch (UncheckedIOException failed) {
            throw new IOException("not listed: " + directory, failed);
        }
    }

    @Override
    public BlobFile open(String name) throws IOException {
        FileChannel writing =
                FileChannel.open(
                        directory.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            // At once: a file that is read may be deleted before its first read.
            return opened(
                    name,
                    writing,
                    FileChannel.open(directory.resolve(name), StandardOpenOption.READ));
        } catch (IOException failed) {
            writing.close();
            throw failed;
        }
    }

    @Override
    public BlobFile create(String name) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(name),
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        OWNER_ONLY);
        return opened(name, channel, channel);
    }

    private OpenFile opened(String name, FileChannel writing, FileChannel reading) {
        var file = new OpenFile(name, writing, reading);
        open.put(name, file);
        return file;
    }

    @Override
    public void rename(String from, String to) throws IOException {
        // Without further options it looks for the new name first.
        Files.move(directory.resolve(from), directory.resolve(to));
        renamed(from, to);
    }

    @Override
    public void replace(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        renamed(from, to);
    }

    private void renamed(String from, String to) {
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
        // Java would close the directory under an interrupted thread, and names stay in doubt.
        boolean isInterrupted = Thread.interrupted();
        try {
            sync(directory);
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return store.getUsableSpace();
    }

    private static void sync(Path directory) throws IOException {
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

        // Until somebody reads what was just made both are one.
        OpenFile(String name, FileChannel writing, FileChannel reading) {
            this.name = name;
            this.writing = writing;
            this.reading = reading;
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
                if (closed) {
                    throw new ClosedChannelException();
                }
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
        public void truncate(long bytes) throws IOException {
            writing.truncate(bytes);
        }

        @Override
        public void sync() throws IOException {
            // Without the times of the file; its length is told all the same.
            writing.force(false);
        }

        @Override
        public void close() throws IOException {
            open.remove(name, this);
            reopening.lock();
            try {
                closed = true;
                writing.close();
                if (!reading.equals(writing)) {
                    reading.close();
                }
            } finally {
                reopening.unlock();
            }
        }
    }
}
