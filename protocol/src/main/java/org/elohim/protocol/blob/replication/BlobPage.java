package org.elohim.protocol.blob.replication;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Arrays;

/// Blobs in the order of their numbers, in columns: there is no object for each.
///
/// Invariants: numbers ascend; one that is shared is not changed any more, but copied first.
final class BlobPage {
    /// Few enough to be copied and shifted in no time, many enough that a page itself costs
    /// nothing.
    static final int ROWS_MAX = 512;

    private static final int ROWS_MIN = 16;
    private static final int HASH_BYTES = ContentHash.SIZE_BYTES;

    private int size;
    private boolean shared;
    private long[] numbers;
    private byte[] hashes;
    private long[] sizes;
    private long[] firstTurns;
    private Stage[] stages;
    private Shape[] shapes;
    private byte[][] rests;

    BlobPage() {
        numbers = new long[ROWS_MIN];
        hashes = new byte[ROWS_MIN * HASH_BYTES];
        sizes = new long[ROWS_MIN];
        firstTurns = new long[ROWS_MIN];
        stages = new Stage[ROWS_MIN];
        shapes = new Shape[ROWS_MIN];
        rests = new byte[ROWS_MIN][];
    }

    // Of some rows of another one, with room for so many.
    private BlobPage(BlobPage other, int from, int to, int room) {
        size = to - from;
        numbers = Arrays.copyOfRange(other.numbers, from, from + room);
        hashes = Arrays.copyOfRange(other.hashes, from * HASH_BYTES, (from + room) * HASH_BYTES);
        sizes = Arrays.copyOfRange(other.sizes, from, from + room);
        firstTurns = Arrays.copyOfRange(other.firstTurns, from, from + room);
        stages = Arrays.copyOfRange(other.stages, from, from + room);
        shapes = Arrays.copyOfRange(other.shapes, from, from + room);
        rests = Arrays.copyOfRange(other.rests, from, from + room);
    }

    BlobPage copy() {
        return new BlobPage(this, 0, size, numbers.length);
    }

    BlobPage firstHalf() {
        return new BlobPage(this, 0, size / 2, ROWS_MAX);
    }

    BlobPage secondHalf() {
        return new BlobPage(this, size / 2, size, ROWS_MAX);
    }

    /// Both together, this one first.
    BlobPage joinedBy(BlobPage next) {
        var both = new BlobPage(this, 0, size, ROWS_MAX);
        System.arraycopy(next.numbers, 0, both.numbers, size, next.size);
        System.arraycopy(next.hashes, 0, both.hashes, size * HASH_BYTES, next.size * HASH_BYTES);
        System.arraycopy(next.sizes, 0, both.sizes, size, next.size);
        System.arraycopy(next.firstTurns, 0, both.firstTurns, size, next.size);
        System.arraycopy(next.stages, 0, both.stages, size, next.size);
        System.arraycopy(next.shapes, 0, both.shapes, size, next.size);
        System.arraycopy(next.rests, 0, both.rests, size, next.size);
        both.size = size + next.size;
        return both;
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size == ROWS_MAX;
    }

    boolean isShared() {
        return shared;
    }

    void share() {
        shared = true;
    }

    long number(int row) {
        return numbers[row];
    }

    /// The row of this number; where there is none, what [Arrays#binarySearch] says of its place.
    int row(long number) {
        return Arrays.binarySearch(numbers, 0, size, number);
    }

    ContentHash hash(int row) {
        return new ContentHash(Bytes.copyOf(hashes, row * HASH_BYTES, (row + 1) * HASH_BYTES));
    }

    boolean isAt(int row, ContentHash hash) {
        int at = row * HASH_BYTES;
        for (int i = 0; i < HASH_BYTES; i++) {
            if (hashes[at + i] != hash.bytes().at(i)) {
                return false;
            }
        }
        return true;
    }

    long sizeBytes(int row) {
        return sizes[row];
    }

    long firstTurn(int row) {
        return firstTurns[row];
    }

    Stage stage(int row) {
        return stages[row];
    }

    Shape shape(int row) {
        return shapes[row];
    }

    byte[] rest(int row) {
        return rests[row];
    }

    /// Makes room for one before this row, for [#set].
    void open(int row) {
        if (size == numbers.length) {
            grow();
        }
        shift(row, row + 1, size - row);
        size++;
    }

    void remove(int row) {
        shift(row + 1, row, size - row - 1);
        size--;
        rests[size] = Packing.NOTHING;
    }

    void set(int row, long number, BlobReplication blob, Shape shape, byte[] rest) {
        numbers[row] = number;
        blob.blob().bytes().asReadOnlyBuffer().get(hashes, row * HASH_BYTES, HASH_BYTES);
        sizes[row] = blob.sizeBytes();
        firstTurns[row] = Packing.firstTurn(blob);
        stages[row] = blob.stage();
        shapes[row] = shape;
        rests[row] = rest;
    }

    private void grow() {
        int room = 2 * numbers.length;
        numbers = Arrays.copyOf(numbers, room);
        hashes = Arrays.copyOf(hashes, room * HASH_BYTES);
        sizes = Arrays.copyOf(sizes, room);
        firstTurns = Arrays.copyOf(firstTurns, room);
        stages = Arrays.copyOf(stages, room);
        shapes = Arrays.copyOf(shapes, room);
        rests = Arrays.copyOf(rests, room);
    }

    private void shift(int from, int to, int rows) {
        System.arraycopy(numbers, from, numbers, to, rows);
        System.arraycopy(hashes, from * HASH_BYTES, hashes, to * HASH_BYTES, rows * HASH_BYTES);
        System.arraycopy(sizes, from, sizes, to, rows);
        System.arraycopy(firstTurns, from, firstTurns, to, rows);
        System.arraycopy(stages, from, stages, to, rows);
        System.arraycopy(shapes, from, shapes, to, rows);
        System.arraycopy(rests, from, rests, to, rows);
    }
}
