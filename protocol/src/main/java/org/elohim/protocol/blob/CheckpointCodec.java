package org.elohim.protocol.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A checkpoint as blocks of bytes, each with a check: one that says how far it goes, then entries,
/// then one that says how many there were.
///
/// Invariants: of a beginning of a checkpoint, or a damaged one, nothing is taken for a whole one.
public final class CheckpointCodec {
    /// Entries of one block.
    public static final int BLOCK_ENTRIES = 4096;

    /// No block is longer, so nothing else is read into memory.
    public static final int BLOCK_BYTES_MAX = 16 << 20;

    /// Before each block stand its length and its check.
    public static final int FRAME_BYTES = 2 * Integer.BYTES;

    private static final long MAGIC = 0x31584449_4d494848L;
    private static final int VERSION = 1;
    private static final byte HEAD = 1;
    private static final byte ENTRIES = 2;
    private static final byte END = 3;
    private static final int SEGMENT_BYTES = 4 + 8 + 8 + 4 + 4 + 8 + 8;
    private static final int ENTRY_BYTES = 32 + 8 + 8 + 4 + 8 + 4 + 4 + 4 + 4 + 1;
    private static final int LARGE = 1;
    private static final int DAMAGED = 2;

    private CheckpointCodec() {}

    public static ByteBuffer head(Checkpoint checkpoint) {
        ByteBuffer block = block(HEAD, 32 + checkpoint.segments().size() * SEGMENT_BYTES);
        block.putLong(MAGIC)
                .putInt(VERSION)
                .putLong(checkpoint.lastSequence())
                .putLong(checkpoint.lastBatch())
                .putInt(checkpoint.segments().size());
        for (Checkpoint.Segment segment : checkpoint.segments()) {
            block.putInt(segment.number())
                    .putLong(segment.tag())
                    .putLong(segment.created())
                    .putInt(segment.covered())
                    .putInt(segment.trustedEnd())
                    .putLong(segment.goneBytes())
                    .putLong(segment.newestGone());
        }
        return sealed(block);
    }

    public static ByteBuffer entries(List<IndexEntry> entries) {
        ByteBuffer block = block(ENTRIES, entries.size() * ENTRY_BYTES);
        for (IndexEntry entry : entries) {
            block.put(entry.key().bytes().toArray())
                    .putLong(entry.life())
                    .putLong(entry.sequence())
                    .putInt(entry.references())
                    .putLong(entry.unreferencedSince())
                    .putInt(entry.place().segment())
                    .putInt(entry.place().offset())
                    .putInt(entry.recordBytes())
                    .putInt(entry.stateSegment())
                    .put((byte) ((entry.large() ? LARGE : 0) | (entry.damaged() ? DAMAGED : 0)));
        }
        return sealed(block);
    }

    public static ByteBuffer end(long entries) {
        return sealed(block(END, Long.BYTES).putLong(entries));
    }

    private static ByteBuffer block(byte kind, int bytes) {
        return ByteBuffer.allocate(FRAME_BYTES + 1 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(FRAME_BYTES)
                .put(kind);
    }

    private static ByteBuffer sealed(ByteBuffer block) {
        block.flip();
        block.putInt(0, block.limit() - FRAME_BYTES);
        block.putInt(
                Integer.BYTES,
                PackFormat.check(block.slice(FRAME_BYTES, block.limit() - FRAME_BYTES)));
        return block;
    }

    /// Reads blocks one after the other.
    public static final class Reader {
        private final Consumer<IndexEntry> entries;
        private Optional<Checkpoint> checkpoint = Optional.empty();
        private long count;
        private boolean ended;

        /// @param entries hears of each entry before it is known whether all of them come
        public Reader(Consumer<IndexEntry> entries) {
            this.entries = entries;
        }

        /// Takes a block without its frame; `false` where it is none, and all is to be thrown away.
        public boolean take(ByteBuffer content, int check) {
            if (ended || !content.hasRemaining() || PackFormat.check(content) != check) {
                return false;
            }
            ByteBuffer in = content.slice().order(ByteOrder.LITTLE_ENDIAN);
            return switch (in.get()) {
                case HEAD -> checkpoint.isEmpty() && takeHead(in);
                case ENTRIES -> checkpoint.isPresent() && takeEntries(in);
                case END -> {
                    ended = in.remaining() == Long.BYTES && in.getLong() == count;
                    yield ended;
                }
                default -> false;
            };
        }

        /// Nothing before all blocks have come.
        public Optional<Checkpoint> checkpoint() {
            return ended ? checkpoint : Optional.empty();
        }

        private boolean takeHead(ByteBuffer in) {
            if (in.remaining() < 32 || in.getLong() != MAGIC || in.getInt() != VERSION) {
                return false;
            }
            long lastSequence = in.getLong();
            long lastBatch = in.getLong();
            int count = in.getInt();
            if (count < 0 || in.remaining() != (long) count * SEGMENT_BYTES) {
                return false;
            }
            List<Checkpoint.Segment> segments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                segments.add(
                        new Checkpoint.Segment(
                                in.getInt(),
                                in.getLong(),
                                in.getLong(),
                                in.getInt(),
                                in.getInt(),
                                in.getLong(),
                                in.getLong()));
            }
            checkpoint = Optional.of(new Checkpoint(lastSequence, lastBatch, segments));
            return true;
        }

        private boolean takeEntries(ByteBuffer in) {
            if (in.remaining() % ENTRY_BYTES != 0) {
                return false;
            }
            byte[] key = new byte[ContentHash.SIZE_BYTES];
            while (in.hasRemaining()) {
                in.get(key);
                long life = in.getLong();
                long sequence = in.getLong();
                int references = in.getInt();
                long since = in.getLong();
                var place = new Place(in.getInt(), in.getInt());
                int recordBytes = in.getInt();
                int stateSegment = in.getInt();
                byte flags = in.get();
                entries.accept(
                        new IndexEntry(
                                new ContentHash(Bytes.copyOf(key)),
                                life,
                                sequence,
                                references,
                                since,
                                place,
                                recordBytes,
                                (flags & LARGE) != 0,
                                stateSegment,
                                (flags & DAMAGED) != 0));
                count++;
            }
            return true;
        }
    }
}
