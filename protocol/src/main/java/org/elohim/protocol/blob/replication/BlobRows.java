package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Pages in the order of their numbers, to be read.
///
/// @param nodes those that [Packing] named by their places
record BlobRows(NodeId self, List<BlobPage> pages, List<NodeId> nodes) {

    /// One row.
    record Row(BlobPage page, int row) {
        long number() {
            return page.number(row);
        }
    }

    /// The page in which a number stands, if it stands anywhere.
    int pageOf(long number) {
        int from = 0;
        int to = pages.size() - 1;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (pages.get(middle).number(0) <= number) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return from;
    }

    BlobReplication blob(BlobPage page, int row) {
        return Packing.unpacked(
                self,
                nodes,
                page.hash(row),
                page.sizeBytes(row),
                page.firstTurn(row),
                page.shape(row),
                page.rest(row));
    }

    List<Numbered> after(long number, int limit) {
        var some = new ArrayList<Numbered>();
        goThrough(
                number,
                row -> {
                    if (some.size() < limit) {
                        some.add(new Numbered(row.number(), blob(row.page(), row.row())));
                    }
                    return some.size() < limit;
                });
        return some;
    }

    /// Shows all rows with numbers above this one, as long as more are wanted.
    void goThrough(long number, Function<Row, Boolean> wantsMore) {
        if (pages.isEmpty()) {
            return;
        }
        int at = pageOf(number);
        int behind = pages.get(at).row(number);
        int row = behind < 0 ? -behind - 1 : behind + 1;
        for (; at < pages.size(); at++, row = 0) {
            BlobPage page = pages.get(at);
            for (; row < page.size(); row++) {
                if (!wantsMore.apply(new Row(page, row))) {
                    return;
                }
            }
        }
    }
}
