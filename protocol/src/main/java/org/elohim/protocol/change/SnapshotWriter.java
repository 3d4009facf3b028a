package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.CRC32C;

/// Writes the index of a graph as a row of chunks, each small enough to be stored at once.
///
/// Invariants: the same graph, grown in the same order, gives the same chunks; a chunk exceeds the
/// size asked for by less than one row.
///
/// A chunk: version, whether it is the last (1) or not (0), number of the chunk, count of rows, the
/// rows, in the last one the digest of the heads, and CRC-32C (4 bytes, big-endian) of all before
/// it. A row: hash (32), actor, own parent, deps (count, each), size, sequence number, index in the
/// batch. Numbers are LEB128; rows are named by their distance (0: none), the sequence number by
/// its distance from the row before; an actor by its number, a new one by the next number and its
/// length and bytes.
final class SnapshotWriter implements Iterator<Bytes> {
    static final int VERSION = 1;
    static final int MORE = 0;
    static final int LAST = 1;
    static final int CRC_BYTES = 4;

    private final ChangeTable table;
    private final ContentHash headsDigest;
    private final int chunkBytes;
    private final int rows;
    private int row;
    private int chunk;
    private int actorsWritten;
    private boolean ended;

    SnapshotWriter(ChangeTable table, ContentHash headsDigest, int chunkBytes) {
        this.table = table;
        this.headsDigest = headsDigest;
        this.chunkBytes = chunkBytes;
        this.rows = table.count();
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public Bytes next() {
        if (ended) {
            throw new NoSuchElementException("chunk " + chunk);
        }
        if (table.count() != rows) {
            // The digest would be of other heads than the rows.
            throw new IllegalStateException("the graph grew during its snapshot");
        }
        var body = new FieldWriter();
        int from = row;
        do {
            if (row < rows) {
                write(row++, body);
            }
        } while (row < rows && body.size() < chunkBytes);
        ended = row == rows;
        if (ended) {
            body.hash(headsDigest);
        }
        Bytes content =
                new FieldWriter()
                        .unsignedByte(VERSION)
                        .unsignedByte(ended ? LAST : MORE)
                        .unsigned(chunk++)
                        .unsigned(row - from)
                        .bytes(body.toBytes())
                        .toBytes();
        return content.concat(crc(content));
    }

    private void write(int row, FieldWriter out) {
        int parent = table.ownParent(row);
        out.hash(table.hash(row)).unsigned(table.actor(row));
        if (table.actor(row) == actorsWritten) {
            out.prefixed(table.actorName(actorsWritten++));
        }
        out.unsigned(parent == ChangeTable.NONE ? 0 : row - parent).unsigned(table.depCount(row));
        for (int i = 0; i < table.depCount(row); i++) {
            out.unsigned(row - table.dep(row, i));
        }
        long sequenceBefore = row == 0 ? 0 : table.journalSequence(row - 1);
        out.unsigned(table.sizeBytes(row))
                .unsigned(table.journalSequence(row) - sequenceBefore)
                .unsigned(table.batchIndex(row));
    }

    static Bytes crc(Bytes content) {
        var crc = new CRC32C();
        crc.update(content.asReadOnlyBuffer());
        int value = (int) crc.getValue();
        return Bytes.copyOf(
                new byte[] {
                    (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
                });
    }
}
