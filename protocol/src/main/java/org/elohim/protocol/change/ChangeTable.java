package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The changes of one document as rows of primitive columns, found by hash.
///
/// Invariants: a row's deps and own parent are earlier rows, so row order is a topological order;
/// rows are only added at the end and only taken from the end; no hash stands in two rows.
///
/// Columns instead of objects because an index of a long history has to lie in memory for every
/// open document: a row costs about 80 bytes, an object graph would cost 400.
final class ChangeTable {
    static final int NONE = -1;
    private static final int ROWS_FIRST = 8;
    private static final int HASH_LONGS = ContentHash.SIZE_BYTES / Long.BYTES;

    private int count;
    private long[] hashes = new long[ROWS_FIRST * HASH_LONGS];
    private int[] actors = new int[ROWS_FIRST];
    private int[] seqs = new int[ROWS_FIRST];
    private int[] ownParents = new int[ROWS_FIRST];
    private int[] sizesBytes = new int[ROWS_FIRST];
    private long[] journalSequences = new long[ROWS_FIRST];
    private int[] batchIndexes = new int[ROWS_FIRST];
    // The deps of row i are deps[depsEnds[i - 1] .. depsEnds[i]].
    private int[] depsEnds = new int[ROWS_FIRST];
    private int[] deps = new int[ROWS_FIRST];

    // Open addressing with linear probing: row + 1, or 0 where free.
    private int[] slots = new int[2 * ROWS_FIRST];

    private final List<Bytes> actorNames = new ArrayList<>();
    private final Map<Bytes, Integer> actorNumbers = new HashMap<>();
    private int[] actorFirstRows = new int[1];

    int count() {
        return count;
    }

    int actorCount() {
        return actorNames.size();
    }

    /// The row of a hash, or `NONE`.
    int find(ContentHash hash) {
        Bytes bytes = hash.bytes();
        long first = bytes.longAt(0);
        int mask = slots.length - 1;
        for (int slot = slot(first, mask); slots[slot] != 0; slot = (slot + 1) & mask) {
            int at = (slots[slot] - 1) * HASH_LONGS;
            if (hashes[at] == first
                    && hashes[at + 1] == bytes.longAt(8)
                    && hashes[at + 2] == bytes.longAt(16)
                    && hashes[at + 3] == bytes.longAt(24)) {
                return slots[slot] - 1;
            }
        }
        return NONE;
    }

    // A SHA-256 is as evenly spread as any mix of it would be.
    private static int slot(long hashFront, int mask) {
        return (int) hashFront & mask;
    }

    /// Adds a row; the caller has made sure that the hash is new and the rows named exist.
    int append(ContentHash hash, Bytes actor, int ownParent, int[] depRows, int sizeBytes) {
        int row = count;
        reserve(row + 1, depsEnd(row) + depRows.length);
        for (int i = 0; i < HASH_LONGS; i++) {
            hashes[row * HASH_LONGS + i] = hash.bytes().longAt(i * Long.BYTES);
        }
        actors[row] = actorNumber(actor, row);
        seqs[row] = ownParent == NONE ? 1 : seqs[ownParent] + 1;
        ownParents[row] = ownParent;
        sizesBytes[row] = sizeBytes;
        System.arraycopy(depRows, 0, deps, depsEnd(row), depRows.length);
        depsEnds[row] = depsEnd(row) + depRows.length;
        count++;
        occupy(row);
        return row;
    }

    void place(int row, long journalSequence, int batchIndex) {
        journalSequences[row] = journalSequence;
        batchIndexes[row] = batchIndex;
    }

    /// Takes away the rows from `rows` on.
    void truncate(int rows) {
        while (count > rows) {
            int row = --count;
            // Rows leave in the reverse order of their coming, so no probe ran past this slot.
            int mask = slots.length - 1;
            int slot = slot(hashes[row * HASH_LONGS], mask);
            while (slots[slot] != row + 1) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = 0;
            if (actorFirstRows[actors[row]] == row) {
                actorNumbers.remove(actorNames.removeLast());
            }
        }
    }

    private int actorNumber(Bytes actor, int row) {
        Integer known = actorNumbers.get(actor);
        if (known != null) {
            return known;
        }
        int number = actorNames.size();
        actorNames.add(actor);
        actorNumbers.put(actor, number);
        if (number == actorFirstRows.length) {
            actorFirstRows = Arrays.copyOf(actorFirstRows, grown(number));
        }
        actorFirstRows[number] = row;
        return number;
    }

    private void occupy(int row) {
        // Fuller than three quarters, the probes get long.
        if (4L * count > 3L * slots.length) {
            slots = new int[2 * slots.length];
            for (int each = 0; each < row; each++) {
                occupyFree(each);
            }
        }
        occupyFree(row);
    }

    private void occupyFree(int row) {
        int mask = slots.length - 1;
        int slot = slot(hashes[row * HASH_LONGS], mask);
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = row + 1;
    }

    private void reserve(int rows, int depCount) {
        if (rows > actors.length) {
            int wanted = grown(actors.length);
            hashes = Arrays.copyOf(hashes, wanted * HASH_LONGS);
            actors = Arrays.copyOf(actors, wanted);
            seqs = Arrays.copyOf(seqs, wanted);
            ownParents = Arrays.copyOf(ownParents, wanted);
            sizesBytes = Arrays.copyOf(sizesBytes, wanted);
            journalSequences = Arrays.copyOf(journalSequences, wanted);
            batchIndexes = Arrays.copyOf(batchIndexes, wanted);
            depsEnds = Arrays.copyOf(depsEnds, wanted);
        }
        if (depCount > deps.length) {
            deps = Arrays.copyOf(deps, Math.max(depCount, grown(deps.length)));
        }
    }

    // By a quarter, not by doubling: what is reserved and unused counts against the heap too.
    private static int grown(int length) {
        return length + Math.max(ROWS_FIRST, length / 4);
    }

    ContentHash hash(int row) {
        byte[] bytes = new byte[ContentHash.SIZE_BYTES];
        var out = ByteBuffer.wrap(bytes);
        for (int i = 0; i < HASH_LONGS; i++) {
            out.putLong(hashes[row * HASH_LONGS + i]);
        }
        return new ContentHash(Bytes.copyOf(bytes));
    }

    /// Compares the hashes of two rows, bytewise like `ContentHash`.
    int compareHashes(int row, int other) {
        return Arrays.compareUnsigned(
                hashes,
                row * HASH_LONGS,
                (row + 1) * HASH_LONGS,
                hashes,
                other * HASH_LONGS,
                (other + 1) * HASH_LONGS);
    }

    /// The number of an actor, or `NONE`.
    int actorNumber(Bytes actor) {
        return actorNumbers.getOrDefault(actor, NONE);
    }

    Bytes actorName(int number) {
        return actorNames.get(number);
    }

    int actorFirstRow(int number) {
        return actorFirstRows[number];
    }

    int actor(int row) {
        return actors[row];
    }

    int seq(int row) {
        return seqs[row];
    }

    /// The row of the same actor's change before this one, or `NONE` for its first.
    int ownParent(int row) {
        return ownParents[row];
    }

    int sizeBytes(int row) {
        return sizesBytes[row];
    }

    long journalSequence(int row) {
        return journalSequences[row];
    }

    int batchIndex(int row) {
        return batchIndexes[row];
    }

    int depCount(int row) {
        return depsEnds[row] - depsEnd(row);
    }

    int dep(int row, int index) {
        return deps[depsEnd(row) + index];
    }

    private int depsEnd(int row) {
        return row == 0 ? 0 : depsEnds[row - 1];
    }
}
