package org.elohim.protocol.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where each blob lies, in 72 bytes of memory and a few more for finding it.
///
/// Entries lie in chunks and never move, so that somebody may go through them slot by slot while
/// others are added. Not for several threads at once.
///
/// Invariants: one entry for a key; what [#use] tells is the sum over all entries.
public final class BlobIndex {
    /// Offsets of records have to fit beside the flags of a place.
    public static final int SEGMENT_BYTES_MAX = 1 << 30;

    /// Slots of one chunk, which is what is asked of the heap at once.
    public static final int CHUNK_SLOTS = 4096;

    private static final int KEY_LONGS = ContentHash.SIZE_BYTES / Long.BYTES;
    private static final int PLACE = KEY_LONGS;
    private static final int SIZES = KEY_LONGS + 1;
    private static final int LIFE = KEY_LONGS + 2;
    private static final int SEQUENCE = KEY_LONGS + 3;
    private static final int STATE = KEY_LONGS + 4;
    private static final int SLOT_LONGS = KEY_LONGS + 5;

    // Within PLACE, beside a segment and an offset in units of the alignment.
    private static final int USED = 1;
    private static final int LARGE = 2;
    private static final int DAMAGED = 4;
    private static final int FLAG_BITS = 4;
    private static final int TABLE_SLOTS_MIN = 1024;
    private static final long ODD = 0x9E3779B97F4A7C15L;

    private final long seed;
    private final List<long[]> chunks = new ArrayList<>();
    private final Map<Integer, SegmentUse> uses = new HashMap<>();
    // One above the slot, zero for nothing. Never more than three quarters full.
    private int[] table = new int[TABLE_SLOTS_MIN];
    private int[] freeSlots = new int[0];
    private int freeCount;
    private int slots;
    private int size;
    private int damaged;

    /// @param seed keeps somebody who chooses contents from choosing where they collide
    public BlobIndex(long seed) {
        this.seed = seed;
    }

    public int size() {
        return size;
    }

    /// How many are known to be damaged.
    public int damaged() {
        return damaged;
    }

    /// Above all slots that were ever used.
    public int slots() {
        return slots;
    }

    public Optional<IndexEntry> get(ContentHash key) {
        int found = table[find(key)];
        return found == 0 ? Optional.empty() : Optional.of(entry(found - 1));
    }

    public Optional<IndexEntry> at(int slot) {
        return isUsed(slot) ? Optional.of(entry(slot)) : Optional.empty();
    }

    /// Segment and offset as one number, in the order in which they lie on the disk; zero where the
    /// slot holds nothing, or something that is known to be damaged. Makes no object, for whoever
    /// looks at all slots.
    public long placeOfGood(int slot) {
        long place = chunk(slot)[base(slot) + PLACE];
        return (place & (USED | DAMAGED)) == USED ? place & -PackFormat.ALIGNMENT_BYTES : 0;
    }

    /// Adds the entry, or puts it in the place of the one with its key.
    public void put(IndexEntry entry) {
        int at = find(entry.key());
        int slot = table[at] - 1;
        if (slot >= 0) {
            count(entry(slot), -1);
        } else {
            slot = newSlot();
            table[at] = slot + 1;
            size++;
        }
        write(slot, entry);
        count(entry, 1);
        if (size > table.length / 4 * 3) {
            grow();
        }
    }

    public void remove(ContentHash key) {
        int at = find(key);
        int slot = table[at] - 1;
        if (slot < 0) {
            return;
        }
        count(entry(slot), -1);
        chunk(slot)[base(slot) + PLACE] = 0;
        if (freeCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, Math.max(64, 2 * freeCount));
        }
        freeSlots[freeCount++] = slot;
        size--;
        closeGap(at);
    }

    public SegmentUse use(int segment) {
        return uses.getOrDefault(segment, SegmentUse.NONE);
    }

    /// A record lies there that says that a blob is gone.
    public void countGone(int segment, long bytes, long sequence) {
        uses.merge(
                segment,
                SegmentUse.NONE.plusGone(bytes, sequence),
                (before, more) -> before.plusGone(more.goneBytes(), more.newestGone()));
    }

    /// The segment is used no more.
    public void forget(int segment) {
        uses.remove(segment);
    }

    private void count(IndexEntry entry, int sign) {
        damaged += entry.damaged() ? sign : 0;
        countLive(entry.place().segment(), (long) sign * entry.recordBytes());
        if (entry.stateSegment() != IndexEntry.NOWHERE) {
            countLive(entry.stateSegment(), (long) sign * PackFormat.HEAD_BYTES);
        }
    }

    private void countLive(int segment, long bytes) {
        uses.put(segment, use(segment).plusLive(bytes));
    }

    private int newSlot() {
        if (freeCount > 0) {
            return freeSlots[--freeCount];
        }
        if (slots == chunks.size() * CHUNK_SLOTS) {
            chunks.add(new long[CHUNK_SLOTS * SLOT_LONGS]);
        }
        return slots++;
    }

    private long[] chunk(int slot) {
        return chunks.get(slot / CHUNK_SLOTS);
    }

    private static int base(int slot) {
        return slot % CHUNK_SLOTS * SLOT_LONGS;
    }

    private boolean isUsed(int slot) {
        return (chunk(slot)[base(slot) + PLACE] & USED) != 0;
    }

    private void write(int slot, IndexEntry entry) {
        long[] chunk = chunk(slot);
        int base = base(slot);
        Bytes key = entry.key().bytes();
        for (int i = 0; i < KEY_LONGS; i++) {
            chunk[base + i] = key.longAt(i * Long.BYTES);
        }
        int flags = USED | (entry.large() ? LARGE : 0) | (entry.damaged() ? DAMAGED : 0);
        int offset = entry.place().offset() / PackFormat.ALIGNMENT_BYTES;
        chunk[base + PLACE] =
                ((long) entry.place().segment() << Integer.SIZE)
                        | ((long) offset << FLAG_BITS)
                        | flags;
        chunk[base + SIZES] = ((long) entry.recordBytes() << Integer.SIZE) | entry.references();
        chunk[base + LIFE] = entry.life();
        chunk[base + SEQUENCE] = entry.sequence();
        chunk[base + STATE] =
                (entry.unreferencedSince() << Integer.SIZE) | (entry.stateSegment() & 0xffffffffL);
    }

    private IndexEntry entry(int slot) {
        long[] chunk = chunk(slot);
        int base = base(slot);
        var key = ByteBuffer.allocate(ContentHash.SIZE_BYTES);
        for (int i = 0; i < KEY_LONGS; i++) {
            key.putLong(chunk[base + i]);
        }
        long place = chunk[base + PLACE];
        long sizes = chunk[base + SIZES];
        long state = chunk[base + STATE];
        int offset = ((int) place >>> FLAG_BITS) * PackFormat.ALIGNMENT_BYTES;
        return new IndexEntry(
                new ContentHash(Bytes.copyOf(key.array())),
                chunk[base + LIFE],
                chunk[base + SEQUENCE],
                (int) sizes,
                // Seconds since 1970 as an unsigned number: enough until 2106.
                state >>> Integer.SIZE,
                new Place((int) (place >>> Integer.SIZE), offset),
                (int) (sizes >>> Integer.SIZE),
                (place & LARGE) != 0,
                (int) state,
                (place & DAMAGED) != 0);
    }

    // Where the key stands in the table, or would.
    private int find(ContentHash key) {
        Bytes bytes = key.bytes();
        int at = home(bytes.longAt(0));
        while (table[at] != 0 && !isAt(table[at] - 1, bytes)) {
            at = next(at);
        }
        return at;
    }

    private boolean isAt(int slot, Bytes key) {
        long[] chunk = chunk(slot);
        int base = base(slot);
        for (int i = 0; i < KEY_LONGS; i++) {
            if (chunk[base + i] != key.longAt(i * Long.BYTES)) {
                return false;
            }
        }
        return true;
    }

    private int home(long firstOfKey) {
        return (int)
                (((firstOfKey ^ seed) * ODD)
                        >>> (Long.SIZE - Integer.numberOfTrailingZeros(table.length)));
    }

    private int homeOf(int slot) {
        return home(chunk(slot)[base(slot)]);
    }

    private int next(int at) {
        return (at + 1) & (table.length - 1);
    }

    // What stands behind moves up where it may, so that nothing has to be marked as deleted.
    private void closeGap(int gap) {
        int open = gap;
        for (int at = next(open); table[at] != 0; at = next(at)) {
            int home = homeOf(table[at] - 1);
            int distance = (at - home) & (table.length - 1);
            if (distance >= ((at - open) & (table.length - 1))) {
                table[open] = table[at];
                open = at;
            }
        }
        table[open] = 0;
    }

    private void grow() {
        table = new int[2 * table.length];
        for (int slot = 0; slot < slots; slot++) {
            if (isUsed(slot)) {
                int at = homeOf(slot);
                while (table[at] != 0) {
                    at = next(at);
                }
                table[at] = slot + 1;
            }
        }
    }
}
