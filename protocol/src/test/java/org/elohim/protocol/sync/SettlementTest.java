package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class SettlementTest {
    private static final Change FIRST = change(1, List.of());
    private static final Change SECOND = change(2, List.of(FIRST.hash()));

    private final ChangeGraph graph = new ChangeGraph(new CostLimits(1 << 20, 1));

    @Test
    void whatANodeAnnouncesIsAskedOfItWhereWeRefusedItToADevice() {
        decide(List.of(SECOND), Entry.DEVICE);
        Decision decision = decide(List.of(FIRST), Entry.RELAY);
        graph.apply(1, decision.accepted());

        Input.Taken taken =
                new Settlement(graph, decision, Entry.RELAY)
                        .answer(7, Lane.NEW, List.of(FIRST.hash(), SECOND.hash()), List.of(FIRST));

        assertEquals(Set.of(FIRST.hash()), taken.durable());
        assertEquals(List.of(), taken.refused());
        assertEquals(List.of(SECOND.hash()), taken.missing());
        assertEquals(List.of(FIRST.hash()), taken.settled());
    }

    @Test
    void aDeviceIsToldOfEachRefusalThatConcernsIt() {
        decide(List.of(SECOND), Entry.DEVICE);
        Decision decision = decide(List.of(FIRST), Entry.DEVICE);
        graph.apply(1, decision.accepted());
        var settlement = new Settlement(graph, decision, Entry.DEVICE);

        Input.Taken concerned =
                settlement.answer(7, Lane.NEW, List.of(SECOND.hash()), List.of(FIRST));
        assertEquals(Limit.DOCUMENT_CHANGES, concerned.refused().getFirst().limit());
        assertEquals(List.of(), concerned.missing());
        assertEquals(
                List.of(), settlement.answer(8, Lane.NEW, List.of(), List.of(FIRST)).refused());
    }

    @Test
    void whatIsRefusedWhenItComesNeedNotComeAgainButMayHideNothingThatDidNot() {
        var limited = new ChangeGraph(new CostLimits(1 << 20, 1));
        Change third = change(3, List.of(SECOND.hash(), FIRST.hash()));
        limited.keepWaiting(limited.decide(List.of(third), Entry.DEVICE));
        Decision decision = limited.decide(List.of(FIRST, SECOND), Entry.DEVICE);
        limited.apply(1, decision.accepted());

        Input.Taken taken =
                new Settlement(limited, decision, Entry.DEVICE)
                        .answer(7, Lane.NEW, List.of(third.hash()), List.of(FIRST, SECOND));

        assertEquals(
                List.of(SECOND.hash(), third.hash()),
                taken.refused().stream().map(Input.Refusal::hash).toList());
        assertEquals(List.of(SECOND.hash()), taken.settled());
    }

    @Test
    void onlyWhatNothingElseBuildsOnNamesABatch() {
        assertEquals(List.of(SECOND.hash()), Settlement.ends(List.of(FIRST, SECOND)));
    }

    private Decision decide(List<Change> arrived, Entry entry) {
        Decision decision = graph.decide(arrived, entry);
        graph.keepWaiting(decision);
        return decision;
    }

    private static Change change(int seq, List<ContentHash> deps) {
        return SealedChange.sign(
                Messages.document(1),
                Messages.node(1).publicKey(),
                seq,
                deps,
                Bytes.copyOf(new byte[8]),
                _ -> Bytes.copyOf(new byte[64]));
    }
}
