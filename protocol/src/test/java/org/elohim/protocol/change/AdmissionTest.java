package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decision.Orphan;
import org.elohim.protocol.change.Decision.Refused;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What a graph lets in, what it lets wait and what it refuses.
class AdmissionTest extends AnasAndBensChanges {
    @Test
    void anOrphanIsNotAcceptedAndTellsWhatIsMissing() {
        Decision decision = take(ANA_3);

        assertEquals(List.of(), decision.accepted());
        assertEquals(List.of(new Orphan(ANA_3, Entry.DEVICE)), decision.orphans());
        assertEquals(hashes(ANA_2), decision.missing());
        assertFalse(graph.has(ANA_3.hash()));
        assertEquals(1, graph.waitingCount());
    }

    @Test
    void orphansAreSetFreeByWhatTheyWaitedFor() {
        take(ANA_3);
        assertEquals(hashes(ANA_1), take(ANA_2).missing());

        Decision decision = take(ANA_1);

        assertEquals(List.of(ANA_1, ANA_2, ANA_3), decision.accepted());
        assertEquals(0, graph.waitingCount());
        assertEquals(0, graph.waitingBytes());
    }

    @Test
    void anOrphanSentAgainTellsWhatIsMissingBehindTheOthers() {
        take(ANA_2);

        assertEquals(hashes(ANA_1), take(ANA_3, BEN_1).missing());
    }

    @Test
    void aStrangersOrphanDoesNotMakeUsAskEverybody() {
        take(ANA_3);

        assertEquals(List.of(), take(ANA_1).missing());
    }

    @Test
    void theWaitingRoomHasAnEnd() {
        for (int i = 0; i < WaitingRoom.CHANGES_MAX + 5; i++) {
            take(variant("%04x".formatted(i), BEN, 1, ANA_1));
        }
        assertEquals(WaitingRoom.CHANGES_MAX, graph.waitingCount());

        String megabyte = "00".repeat(1 << 20);
        for (int i = 0; i < 6; i++) {
            take(variant("0" + i + megabyte, BEN, 1, ANA_1));
        }
        assertEquals(3, graph.waitingCount());
        assertTrue(graph.waitingBytes() <= WaitingRoom.BYTES_MAX);
    }

    @Test
    void aDeviceLeavesNoMoreEndsOpenThanAMessageNames() {
        List<ChangeChunk> loose =
                IntStream.range(0, Admission.ENDS_MAX + 2)
                        .mapToObj(i -> variant("%04x".formatted(i), actor(i), 1))
                        .toList();
        Decision decision = graph.decide(loose, Entry.DEVICE);
        graph.apply(1, decision.accepted());

        assertEquals(Admission.ENDS_MAX, decision.accepted().size());
        assertEquals(
                new Refusal.TooManyEnds(Admission.ENDS_MAX), decision.refused().getFirst().why());
        Change joining = variant("aa", actor(0), 2, loose.getFirst(), loose.get(1));
        assertEquals(List.of(joining), graph.decide(List.of(joining), Entry.DEVICE).accepted());
        assertEquals(2, graph.decide(loose, Entry.RELAY).accepted().size());
    }

    private static Bytes actor(int number) {
        return Bytes.parseHex("%08x".formatted(number));
    }

    @Test
    void whatBuildsOnARefusedChangeIsRefusedWithoutASecondLookAtIt() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.DEVICE, ANA_2);

        Decision behind = take(full, Entry.DEVICE, ANA_3);

        assertEquals(
                List.of(new Refused(ANA_3.hash(), new Refusal.BehindRefused(ANA_2.hash()))),
                behind.refused());
        assertEquals(List.of(), behind.missing());
        assertEquals(List.of(ANA_2), take(full, Entry.RELAY, ANA_2).accepted());
        assertEquals(List.of(ANA_3), take(full, Entry.RELAY, ANA_3).accepted());
    }

    @Test
    void whatANodeLetInWaitsForThatNodeWhateverIsRefusedToADevice() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.RELAY, ANA_3);

        Decision device = take(full, Entry.DEVICE, ANA_2);
        assertEquals(
                List.of(new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1))),
                device.refused());

        assertEquals(List.of(ANA_2, ANA_3), take(full, Entry.RELAY, ANA_2).accepted());
    }

    @Test
    void aDeviceIsToldOfWhatANodeStillWaitsWith() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.RELAY, ANA_3);

        Decision device = take(full, Entry.DEVICE, ANA_2, ANA_3);
        assertEquals(
                List.of(
                        new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1)),
                        new Refused(ANA_3.hash(), new Refusal.BehindRefused(ANA_2.hash()))),
                device.refused());
        assertEquals(List.of(), device.orphans());

        Decision node = take(full, Entry.RELAY, ANA_2, ANA_3);
        assertEquals(List.of(ANA_2, ANA_3), node.accepted());
    }

    @Test
    void whatWaitsIsForgottenWithTheDocument() {
        var graph = new ChangeGraph(new CostLimits(1 << 20, 10));
        take(graph, Entry.DEVICE, ANA_2);
        assertEquals(1, graph.waitingCount());

        graph.forgetWaiting();

        assertEquals(0, graph.waitingCount());
        assertEquals(0, graph.waitingBytes());
        assertEquals(List.of(ANA_1), take(graph, Entry.DEVICE, ANA_1).accepted());
    }

    @Test
    void theRefusedOnesInMindAreNoMoreThanTheLimit() {
        var lately = new RefusedLately();
        for (int i = 0; i <= RefusedLately.CHANGES_MAX; i++) {
            lately.add(variant("%08x".formatted(i), ANA, 1).hash());
        }
        assertEquals(RefusedLately.CHANGES_MAX, lately.hashes().size());
        assertFalse(lately.hashes().contains(variant("00000000", ANA, 1).hash()));
    }

    @Test
    void aSeqThatDoesNotBuildOnTheOneBeforeIsRefusedWithAllBehindIt() {
        ChangeChunk gap = edit(ANA, 3, ANA_1);
        ChangeChunk stranger = edit(BEN, 2, ANA_1);
        ChangeChunk behind = edit(BEN, 1, gap);

        Decision decision = take(ANA_1, behind, gap, stranger, ANA_2);

        assertEquals(List.of(ANA_1, ANA_2), decision.accepted());
        assertEquals(
                List.of(
                        new Refused(gap.hash(), new Refusal.SequenceGap(3)),
                        new Refused(behind.hash(), new Refusal.BehindRefused(gap.hash())),
                        new Refused(stranger.hash(), new Refusal.SequenceGap(2))),
                decision.refused());
        assertEquals(List.of(), decision.orphans());
    }

    @Test
    void aSeqMayReachTheOneBeforeThroughOthers() {
        ChangeChunk isolated = edit(ANA, 3, BEN_1);

        assertEquals(
                List.of(isolated), take(ANA_1, ANA_2, BEN_1, isolated).accepted().subList(3, 4));
        assertTrue(graph.forks().isEmpty());
    }

    @Test
    void longSearchesForOwnChangesAreLimitedPerBatchOfADevice() {
        List<ChangeChunk> firsts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            firsts.add(edit(Bytes.copyOf(new byte[] {1, (byte) i}), 1));
        }
        take(firsts.toArray(Change[]::new));
        ChangeChunk last = edit(ANA, 1, firsts.toArray(Change[]::new));
        take(last);
        for (int seq = 2; seq < 1000; seq++) {
            last = edit(ANA, seq, last);
            take(last);
        }
        ChangeChunk end = last;
        Change[] seconds =
                firsts.stream().map(first -> edit(first.actor(), 2, end)).toArray(Change[]::new);

        Decision limited = graph.decide(List.of(seconds), Entry.DEVICE);

        assertEquals(20, limited.accepted().size() + limited.refused().size());
        assertEquals(new Refusal.TooEntangled(), limited.refused().getLast().why());
        assertEquals(20, graph.decide(List.of(seconds), Entry.RELAY).accepted().size());
        for (Change second : seconds) {
            assertEquals(List.of(second), take(second).accepted());
        }
    }

    @Test
    void aDeviceIsRefusedBeyondTheLimitsInWordsAndARelayedChangeIsNot() {
        var limits = new CostLimits(ANA_1.sizeBytes() + ANA_2.sizeBytes(), 100);
        var small = new ChangeGraph(limits);
        var few = new ChangeGraph(new CostLimits(1000, 2));
        small.apply(1, List.of(ANA_1, ANA_2));
        few.apply(1, List.of(ANA_1, ANA_2));

        assertEquals(
                List.of(new Refused(ANA_3.hash(), new Refusal.TooManyBytes(limits.bytesMax()))),
                small.decide(List.of(ANA_3), Entry.DEVICE).refused());
        assertEquals(
                "document history would exceed 2 changes; start a successor document with the"
                        + " present content and continue there",
                few.decide(List.of(ANA_3), Entry.DEVICE).refused().getFirst().why().explanation());
        assertEquals(List.of(ANA_3), small.decide(List.of(ANA_3), Entry.RELAY).accepted());
        assertEquals(List.of(ANA_3), few.decide(List.of(ANA_3), Entry.RELAY).accepted());
    }

    @Test
    void anOrphanIsADevicesUntilANodeBringsIt() {
        var few = new ChangeGraph(new CostLimits(1000, 1));
        few.keepWaiting(few.decide(List.of(ANA_2), Entry.DEVICE));
        assertEquals(
                List.of(new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1))),
                few.decide(List.of(ANA_1), Entry.DEVICE).refused());

        few.keepWaiting(few.decide(List.of(ANA_2), Entry.RELAY));
        few.keepWaiting(few.decide(List.of(ANA_2), Entry.DEVICE));

        assertEquals(List.of(ANA_1, ANA_2), few.decide(List.of(ANA_1), Entry.DEVICE).accepted());
    }

    @Test
    void usageWarnsFromFourFifthsOn() {
        var limits = new CostLimits(1000, 10);

        assertFalse(new Usage(799, 7, limits).nearsLimit());
        assertTrue(new Usage(800, 0, limits).nearsLimit());
        assertTrue(new Usage(0, 8, limits).nearsLimit());
        assertEquals(110, new Usage(0, 11, limits).percent());
        assertTrue(
                new ChangeGraph(new CostLimits(1000, 1))
                        .decide(List.of(ANA_1), Entry.DEVICE)
                        .usage()
                        .nearsLimit());
    }
}
