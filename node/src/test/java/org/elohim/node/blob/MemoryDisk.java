package org.elohim.node.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// A disk that can lose its power after any operation, fail any of them, be full, and rot.
///
/// It has what a system has: a cache that is read from, and a disk. A write goes to the cache; a
/// sync brings what a file has in the cache to the disk. When the power goes, of what was not
/// synced each sector is on the disk or not, whatever came first. Names are told to the disk in
/// their order, and when the power goes those not synced are there up to some point. After a failed
/// sync the cache takes what it holds for written, as Linux does: the next sync is content.
///
/// A kill of the process loses nothing of the cache: [#reopened] goes on with it.
final class MemoryDisk implements BlobDisk {
    private static final int SECTOR_BYTES = 512;

    /// What operations are asked of the disk.
    enum Kind {
        LIST,
        OPEN,
        CREATE,
        READ,
        WRITE,
        TRUNCATE,
        SYNC,
        RENAME,
        DELETE,
        SYNC_DIRECTORY
    }

    /// Says what is to become of the n-th operation, counted from one.
    interface Fault {
        Fate of(long number, Kind kind);
    }

    /// What becomes of an operation.
    enum Fate {
        WORKS,
        FAILS,
        /// It is carried out, and reported as failed all the same.
        FAILS_AFTERWARDS,
        /// Half of it is; of a write the first half.
        FAILS_HALFWAY
    }

    private static final class Content {
        private byte[] cached = new byte[0];
        private byte[] durable = new byte[0];
        // Sectors of the cache that the disk may lack.
        private final SortedSet<Integer> dirty = new TreeSet<>();
        // Sectors that were ever written to: the others take no room.
        private BitSet taken = new BitSet();
        private long lostFrom;
        private long lostTo;

        /// All of it is on the disk.
        static Content of(byte[] bytes) {
            var content = new Content();
            content.cached = bytes.clone();
            content.durable = bytes.clone();
            content.taken.set(0, (bytes.length + SECTOR_BYTES - 1) / SECTOR_BYTES);
            return content;
        }

        Content copy() {
            var copy = new Content();
            copy.taken = (BitSet) taken.clone();
            copy.lostFrom = lostFrom;
            copy.lostTo = lostTo;
            copy.cached = cached.clone();
            copy.durable = durable.clone();
            copy.dirty.addAll(dirty);
            return copy;
        }
    }

    /// One name is gone, or another one stands for this content, or both at once.
    private record NameChange(Optional<String> gone, Optional<String> given, Content content) {}

    private final Map<String, Content> names;
    private final List<Map<String, Content>> namesBefore = new ArrayList<>();
    // What became of names since the last sync of the directory, one after the other.
    private final List<NameChange> nameChanges = new ArrayList<>();
    private Fault fault = (_, _) -> Fate.WORKS;
    private long operations;
    private long capacityBytes = Long.MAX_VALUE;

    MemoryDisk() {
        this(new HashMap<>());
    }

    private MemoryDisk(Map<String, Content> names) {
        this.names = names;
        namesBefore.add(Map.copyOf(names));
    }

    void failing(Fault fault) {
        this.fault = fault;
    }

    long operations() {
        return operations;
    }

    void capacity(long bytes) {
        capacityBytes = bytes;
    }

    /// The disk after the process was killed: another one opens the same files.
    MemoryDisk reopened() {
        var copies = new HashMap<Content, Content>();
        var disk = new MemoryDisk(copy(names, copies));
        disk.namesBefore.clear();
        namesBefore.forEach(before -> disk.namesBefore.add(copy(before, copies)));
        return disk;
    }

    private static Map<String, Content> copy(
            Map<String, Content> names, Map<Content, Content> copies) {
        var copy = new HashMap<String, Content>();
        names.forEach(
                (name, content) -> copy.put(name, copies.computeIfAbsent(content, Content::copy)));
        return copy;
    }

    /// The disk after its power was gone; of what was not synced `survives` says which sectors are
    /// there, and `random` up to which moment names are.
    MemoryDisk afterPowerCut(RandomGenerator random, Predicate<RandomGenerator> survives) {
        Map<String, Content> left = namesBefore.get(random.nextInt(namesBefore.size()));
        var disk = new HashMap<String, Content>();
        left.forEach(
                (name, content) -> {
                    byte[] bytes = content.durable.clone();
                    for (int sector : content.dirty) {
                        if (survives.test(random)) {
                            int from = sector * SECTOR_BYTES;
                            int to = Math.min(from + SECTOR_BYTES, content.cached.length);
                            if (from < to) {
                                bytes = Arrays.copyOf(bytes, Math.max(bytes.length, to));
                                System.arraycopy(content.cached, from, bytes, from, to - from);
                            }
                        }
                    }
                    disk.put(name, Content.of(bytes));
                });
        return new MemoryDisk(disk);
    }

    /// The disk after its power was gone where nothing but a sync keeps names in an order: each
    /// change of one since then is there or not. Nothing of what was not synced is in the files.
    MemoryDisk afterPowerCutOfNames(RandomGenerator random) {
        var left = new HashMap<>(namesBefore.getFirst());
        for (NameChange change : nameChanges) {
            if (random.nextBoolean()) {
                change.gone().ifPresent(left::remove);
                change.given().ifPresent(name -> left.put(name, change.content()));
            }
        }
        var disk = new HashMap<String, Content>();
        left.forEach((name, content) -> disk.put(name, Content.of(content.durable)));
        return new MemoryDisk(disk);
    }

    private Content known(String name) {
        return Objects.requireNonNull(names.get(name), name);
    }

    byte[] bytes(String name) {
        return known(name).cached.clone();
    }

    void replace(String name, byte[] bytes) {
        names.put(name, Content.of(bytes));
        nameChanges.clear();
        namesBefore.clear();
        namesBefore.add(Map.copyOf(names));
    }

    void flip(String name, long bit) {
        Content content = known(name);
        content.cached[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
        content.durable[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
    }

    /// From now on these bytes of the file cannot be read.
    void lose(String name, long from, long to) {
        known(name).lostFrom = from;
        known(name).lostTo = to;
    }

    List<String> names() {
        return names.keySet().stream().sorted().toList();
    }

    private Fate next(Kind kind) throws IOException {
        operations++;
        Fate fate = fault.of(operations, kind);
        if (fate == Fate.FAILS) {
            throw failure(kind);
        }
        return fate;
    }

    private static void end(Fate fate, Kind kind) throws IOException {
        if (fate != Fate.WORKS) {
            throw failure(kind);
        }
    }

    private static IOException failure(Kind kind) {
        return new IOException("Input/output error: " + kind);
    }

    @Override
    public List<String> list() throws IOException {
        end(next(Kind.LIST), Kind.LIST);
        return names();
    }

    @Override
    public BlobFile open(String name) throws IOException {
        end(next(Kind.OPEN), Kind.OPEN);
        return new File(found(name));
    }

    private Content found(String name) throws IOException {
        Content content = names.get(name);
        if (content == null) {
            throw new NoSuchFileException(name);
        }
        return content;
    }

    @Override
    public BlobFile create(String name) throws IOException {
        Fate fate = next(Kind.CREATE);
        if (names.containsKey(name)) {
            throw new IOException("there already: " + name);
        }
        var content = new Content();
        names.put(name, content);
        remember(new NameChange(Optional.empty(), Optional.of(name), content));
        end(fate, Kind.CREATE);
        return new File(content);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Fate fate = next(Kind.RENAME);
        if (names.containsKey(to)) {
            throw new FileAlreadyExistsException(to);
        }
        name(from, to, fate);
    }

    @Override
    public void replace(String from, String to) throws IOException {
        name(from, to, next(Kind.RENAME));
    }

    private void name(String from, String to, Fate fate) throws IOException {
        Content content = found(from);
        names.remove(from);
        names.put(to, content);
        remember(new NameChange(Optional.of(from), Optional.of(to), content));
        end(fate, Kind.RENAME);
    }

    @Override
    public void delete(String name) throws IOException {
        Fate fate = next(Kind.DELETE);
        Content content = found(name);
        names.remove(name);
        remember(new NameChange(Optional.of(name), Optional.empty(), content));
        end(fate, Kind.DELETE);
    }

    private void remember(NameChange change) {
        nameChanges.add(change);
        namesBefore.add(Map.copyOf(names));
    }

    @Override
    public void syncDirectory() throws IOException {
        Fate fate = next(Kind.SYNC_DIRECTORY);
        Map<String, Content> now = namesBefore.getLast();
        nameChanges.clear();
        namesBefore.clear();
        namesBefore.add(now);
        end(fate, Kind.SYNC_DIRECTORY);
    }

    private final class File implements BlobFile {
        private final Content content;
        private boolean closed;

        File(Content content) {
            this.content = content;
        }

        private void checkOpen() throws IOException {
            if (closed) {
                throw new IOException("closed");
            }
        }

        @Override
        public long size() throws IOException {
            checkOpen();
            return content.cached.length;
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            checkOpen();
            end(next(Kind.READ), Kind.READ);
            if (position < content.lostTo && position + into.remaining() > content.lostFrom) {
                throw failure(Kind.READ);
            }
            int count = (int) Math.min(into.remaining(), content.cached.length - position);
            if (count > 0) {
                into.put(content.cached, (int) position, count);
            }
        }

        @Override
        public void write(long position, ByteBuffer from) throws IOException {
            checkOpen();
            Fate fate = next(Kind.WRITE);
            int count = from.remaining() / (fate == Fate.FAILS_HALFWAY ? 2 : 1);
            if (position < content.lostTo && position + count > content.lostFrom) {
                // A disk puts another sector in the place of one that is written to.
                content.lostFrom = 0;
                content.lostTo = 0;
            }
            int end = (int) position + count;
            int first = (int) position / SECTOR_BYTES;
            int behind = (end + SECTOR_BYTES - 1) / SECTOR_BYTES;
            if (capacityBytes < Long.MAX_VALUE) {
                BitSet wanted = (BitSet) content.taken.clone();
                wanted.set(first, behind);
                long grows = (long) wanted.cardinality() - content.taken.cardinality();
                if (grows > 0 && takenBytes() + grows * SECTOR_BYTES > capacityBytes) {
                    throw new IOException("No space left on device");
                }
            }
            content.taken.set(first, behind);
            if (end > content.cached.length) {
                content.cached = Arrays.copyOf(content.cached, end);
            }
            from.get(content.cached, (int) position, count);
            for (int sector = first; sector < behind; sector++) {
                content.dirty.add(sector);
            }
            end(fate, Kind.WRITE);
        }

        // What is cut off may lie on the disk until the next sync.
        @Override
        public void truncate(long bytes) throws IOException {
            checkOpen();
            Fate fate = next(Kind.TRUNCATE);
            content.cached = Arrays.copyOf(content.cached, (int) bytes);
            end(fate, Kind.TRUNCATE);
        }

        @Override
        public void sync() throws IOException {
            checkOpen();
            operations++;
            Fate fate = fault.of(operations, Kind.SYNC);
            if (fate == Fate.WORKS || fate == Fate.FAILS_AFTERWARDS) {
                content.durable = content.cached.clone();
            }
            // A failed one as well: what was not written is forgotten.
            content.dirty.clear();
            end(fate, Kind.SYNC);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Override
    public long usableBytes() {
        return capacityBytes - takenBytes();
    }

    private long takenBytes() {
        return names.values().stream()
                .mapToLong(content -> (long) content.taken.cardinality() * SECTOR_BYTES)
                .sum();
    }
}
