package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.blob;
import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What a node's heap holds of each blob. A million of them are to leave room for all else in 512
/// MB.
class ReplicationsHeapTest {
    private static final NodeId SELF = node(0);
    private static final int BLOBS = 100_000;
    private static final int BATCH = 1_000;
    private static final int WHOLE_BYTES_MAX = 120;
    // Seven hashes and where each shard lies.
    private static final int CODED_BYTES_MAX = 120 + 7 * 32 + 110;

    @Test
    void aWholeCopyAtTwoNodesCostsLittleMoreThanItsName() {
        long each = bytesEach(BLOBS, false);
        assertTrue(each <= WHOLE_BYTES_MAX, "bytes: " + each);
    }

    @Test
    void whatIsCodedCostsItsManifestMore() {
        long each = bytesEach(BLOBS, true);
        assertTrue(each <= CODED_BYTES_MAX, "bytes: " + each);
    }

    private static long bytesEach(int count, boolean coded) {
        long before = used();
        var all = new Replications(SELF);
        for (int first = 0; first < count; first += BATCH) {
            Draft draft = all.draft();
            for (int i = first; i < first + BATCH; i++) {
                if (coded) {
                    code(draft, draft.accepted(blob(i), Families.LARGE, Reach.DEFAULT, false), i);
                } else {
                    copy(draft, draft.accepted(blob(i), 100, Reach.DEFAULT, false));
                }
            }
            all.evolve(draft.recorded());
        }
        long each = (used() - before) / count;
        assertEquals(count, all.counts().get(Stage.DURABLE));
        return each;
    }

    // As they are read from a journal: no two share a node's name.
    private static void copy(Draft draft, long number) {
        draft.happened(number, new ReplicationEvent.Referred(Set.of(Piece.WHOLE)));
        draft.happened(number, new ReplicationEvent.Placed(node(1), Piece.WHOLE, Reach.DEFAULT));
        draft.happened(number, new ReplicationEvent.BecameDurable(1));
    }

    private static void code(Draft draft, long number, int index) {
        var name = blob(index);
        draft.happened(number, new ReplicationEvent.Encoded(World.manifest(name, Families.LARGE)));
        List<NodeId> places = new ArrayList<>();
        for (int shard = 0; shard < 7; shard++) {
            places.add(node((shard + index) % 7));
        }
        for (int shard = 0; shard < 7; shard++) {
            draft.happened(
                    number,
                    new ReplicationEvent.Placed(
                            places.get(shard), Piece.shard(shard), Reach.DEFAULT));
        }
        draft.happened(number, new ReplicationEvent.BecameDurable(3));
        draft.happened(number, new ReplicationEvent.Dropped(SELF, Piece.WHOLE));
        draft.happened(
                number, new ReplicationEvent.Referred(draft.at(number).orElseThrow().wantedHere()));
    }

    private static long used() {
        // What the first one frees, as of references that are weak, takes a second one.
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
