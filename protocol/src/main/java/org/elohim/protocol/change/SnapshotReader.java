package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

/// Rebuilds a graph from the chunks of its snapshot.
///
/// Invariants: garbage is refused and never becomes a graph; memory grows with the rows that were
/// really read, not with the numbers that a chunk claims.
public final class SnapshotReader {
    // Hash, actor, own parent, dep count, size, sequence number and index of the shortest row.
    private static final int ROW_BYTES_MIN = ContentHash.SIZE_BYTES + 6;

    private final ChangeGraph graph;
    private final ChangeTable table;
    private int chunk;
    private long sequence;
    private boolean over;

    /// What a chunk led to.
    public sealed interface Progress {
        record NeedMore() implements Progress {}

        record Restored(ChangeGraph graph) implements Progress {}

        /// Nothing of the snapshot is to be used; the graph can be rebuilt from the journal.
        record Malformed(String reason) implements Progress {}
    }

    public SnapshotReader(CostLimits limits) {
        this.graph = new ChangeGraph(limits);
        this.table = graph.table();
    }

    /// Takes the next chunk; after a `Restored` or `Malformed` there is no next.
    public Progress add(Bytes bytes) {
        if (over) {
            return new Progress.Malformed("a chunk after the end");
        }
        Progress progress = read(bytes);
        over = !(progress instanceof Progress.NeedMore);
        return progress;
    }

    private Progress read(Bytes bytes) {
        int end = bytes.size() - SnapshotWriter.CRC_BYTES;
        if (end < 0
                || !SnapshotWriter.crc(bytes.slice(0, end))
                        .equals(bytes.slice(end, bytes.size()))) {
            return new Progress.Malformed("snapshot chunk " + chunk + ": damaged");
        }
        var fields = new FieldReader(bytes.slice(0, end));
        int version = fields.unsignedByte("version");
        if (version != SnapshotWriter.VERSION) {
            fields.fail("version=" + version);
        }
        int last = fields.unsignedByte("last");
        if (last != SnapshotWriter.MORE && last != SnapshotWriter.LAST) {
            fields.fail("last=" + last);
        }
        long number = fields.unsigned("chunk");
        if (number != chunk) {
            fields.fail("is chunk " + number);
        }
        int rows = fields.count("rows", ROW_BYTES_MIN, Integer.MAX_VALUE);
        for (int i = 0; i < rows && !fields.failed(); i++) {
            readRow(fields);
        }
        boolean digestFits = last == SnapshotWriter.MORE || digestFits(fields);
        if (fields.remaining() > 0) {
            fields.fail("bytes after the rows: " + fields.remaining());
        }
        if (fields.failed()) {
            return new Progress.Malformed("snapshot chunk " + chunk + ": " + fields.problem());
        }
        if (!digestFits) {
            return new Progress.Malformed("the heads are not those of the snapshot");
        }
        chunk++;
        return last == SnapshotWriter.MORE ? new Progress.NeedMore() : new Progress.Restored(graph);
    }

    private boolean digestFits(FieldReader fields) {
        Bytes digest = fields.bytes("digest", ContentHash.SIZE_BYTES);
        return graph.headsDigest().bytes().equals(digest);
    }

    private void readRow(FieldReader fields) {
        int row = table.count();
        Bytes hash = fields.bytes("hash", ContentHash.SIZE_BYTES);
        Bytes actor = readActor(fields);
        int parent = readRowBefore(fields, "own parent", row, 0);
        int depCount = fields.count("dep count", 1, ChunkReader.DEPS_MAX);
        int[] deps = new int[depCount];
        for (int i = 0; i < depCount; i++) {
            deps[i] = readRowBefore(fields, "dep", row, 1);
            if (i > 0 && deps[i] <= deps[i - 1]) {
                fields.fail("deps do not ascend");
            }
        }
        int sizeBytes = readInt(fields, "size");
        sequence += fields.unsigned("sequence");
        int batchIndex = readInt(fields, "batch index");
        if (sequence < 0) {
            fields.fail("sequence has more than 63 bits");
        }
        if (fields.failed()) {
            return;
        }
        var name = new ContentHash(hash);
        if (graph.has(name)) {
            fields.fail("a change stands there twice");
        } else if (parent != ChangeTable.NONE && table.actor(parent) != table.actorNumber(actor)) {
            fields.fail("own parent is of another actor");
        } else {
            graph.link(table.append(name, actor, parent, deps, sizeBytes), sequence, batchIndex);
        }
    }

    private Bytes readActor(FieldReader fields) {
        long number = fields.unsigned("actor");
        if (number < table.actorCount()) {
            return table.actorName((int) number);
        }
        Bytes actor = fields.prefixed("actor", ChunkReader.ACTOR_BYTES_MAX);
        if (number > table.actorCount() || table.actorNumber(actor) != ChangeTable.NONE) {
            fields.fail("actor=" + number);
        }
        return actor;
    }

    /// A row named by its distance, or `NONE` where none is allowed and named.
    private static int readRowBefore(FieldReader fields, String what, int row, int distanceMin) {
        long distance = fields.unsigned(what);
        if (distance < distanceMin || distance > row) {
            fields.fail(what + " distance=" + distance);
        }
        return fields.failed() || distance == 0 ? ChangeTable.NONE : row - (int) distance;
    }

    private static int readInt(FieldReader fields, String what) {
        long value = fields.unsigned(what);
        if (value > Integer.MAX_VALUE) {
            fields.fail(what + "=" + value);
        }
        return (int) value;
    }
}
