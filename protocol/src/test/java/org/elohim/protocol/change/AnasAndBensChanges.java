package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Arrays;
import java.util.List;

/// A graph, and changes of two people to put into it.
abstract class AnasAndBensChanges {
    static final Bytes ANA = Bytes.parseHex("aa");
    static final Bytes BEN = Bytes.parseHex("bb");
    static final ChangeChunk ANA_1 = edit(ANA, 1);
    static final ChangeChunk ANA_2 = edit(ANA, 2, ANA_1);
    static final ChangeChunk ANA_3 = edit(ANA, 3, ANA_2);
    static final ChangeChunk BEN_1 = edit(BEN, 1, ANA_2);

    final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
    long sequence;

    static ChangeChunk edit(Bytes actor, long seq, Change... deps) {
        return variant("", actor, seq, deps);
    }

    static ChangeChunk variant(String hex, Bytes actor, long seq, Change... deps) {
        return Chunks.change(
                Arrays.stream(deps).map(Change::hash).toList(), actor, seq, Bytes.parseHex(hex));
    }

    static List<ContentHash> hashes(Change... changes) {
        return Arrays.stream(changes).map(Change::hash).toList();
    }

    Decision take(Entry entry, Change... batch) {
        return take(graph, entry, batch);
    }

    Decision take(Change... batch) {
        return take(Entry.DEVICE, batch);
    }

    Decision take(ChangeGraph into, Entry entry, Change... batch) {
        Decision decision = into.decide(List.of(batch), entry);
        into.apply(++sequence, decision.accepted());
        into.keepWaiting(decision);
        into.checkInvariants();
        return decision;
    }
}
