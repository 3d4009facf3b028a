package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.blob.replication.Replications.Passed;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongPredicate;

/// Goes by blobs and finds those that want something. Most want nothing and are alike, so it is
/// decided once for all of a shape.
///
/// Invariants: whoever is not told wants nothing.
final class Passing {
    private final BlobRows rows;
    private final Sight sight;
    private final LongPredicate also;
    // Where it matters how large they are, it is on which side of this they are.
    private final IdentityHashMap<Shape, Boolean> smallSettled = new IdentityHashMap<>();
    private final IdentityHashMap<Shape, Boolean> largeSettled = new IdentityHashMap<>();

    Passing(BlobRows rows, Sight sight, LongPredicate also) {
        this.rows = rows;
        this.sight = sight;
        this.also = also;
    }

    Passed pass(long number, int rowsMax, int limit) {
        List<Numbered> unsettled = new ArrayList<>();
        long[] last = {0};
        int[] passed = {0};
        rows.goThrough(
                number,
                row -> {
                    last[0] = row.number();
                    if (also.test(row.number()) || !isSettled(row)) {
                        unsettled.add(new Numbered(row.number(), blob(row)));
                    }
                    passed[0]++;
                    return passed[0] < rowsMax && unsettled.size() < limit;
                });
        return new Passed(unsettled, last[0]);
    }

    private BlobReplication blob(BlobRows.Row row) {
        return rows.blob(row.page(), row.row());
    }

    private boolean isSettled(BlobRows.Row row) {
        Shape shape = row.page().shape(row.row());
        if (!shape.isCommon()) {
            return false;
        }
        boolean isSmall = row.page().sizeBytes(row.row()) < Strategy.CODED_BYTES_MIN;
        IdentityHashMap<Shape, Boolean> settled = isSmall ? smallSettled : largeSettled;
        return settled.computeIfAbsent(shape, _ -> blob(row).areSuchSettled(sight));
    }
}
