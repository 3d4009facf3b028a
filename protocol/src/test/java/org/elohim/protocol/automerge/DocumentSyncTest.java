package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class DocumentSyncTest {
    private static final Bytes ANA = Bytes.parseHex("aa");
    private static final Bytes BOB = Bytes.parseHex("bb");
    private static final Have NO_MEMORY = new Have(List.of(), BloomFilter.EMPTY);

    private static final String WAITS_TOO_MUCH = "sent more than may wait for what it builds on";

    private final Side side = new Side();

    @Test
    void whoHasNothingIsSentAllWithoutFlags() {
        List<ChangeChunk> changes = chain(ANA, List.of(), 3);
        side.add(changes);

        side.receive(Npm.value("messages/from-empty-0-bob.txt", "message"));
        AutomergeMessage answer = side.next();

        assertEquals(bytes(changes), answer.changes());
        assertEquals(hashes(changes.subList(2, 3)), answer.heads());
    }

    @Test
    void whatAutomergeSendsIsTakenAndItsHeadsAreTheAnswer() {
        side.receive(Npm.value("messages/from-empty-0-ana.txt", "message"));
        AutomergeMessage asks = side.next();
        side.receive(Npm.value("messages/from-empty-1-ana.txt", "message"));
        AutomergeMessage answer = side.next();

        List<ContentHash> heads = Npm.hashes("messages/from-empty-1-ana.txt", "head");
        assertEquals(heads, asks.need());
        assertEquals(heads, answer.heads());
        assertEquals(List.of(), answer.need());
        assertEquals(heads, side.sync().sharedHeads());
        assertEquals(heads, side.sync().theirHeads());
    }

    @Test
    void headsAreToldOnlyOnceTheirChangesAreDurable() {
        side.receive(Npm.value("messages/from-empty-1-ana.txt", "message"));

        assertEquals(1, side.due.size());
        assertTrue(side.sent.isEmpty());

        side.doOne(0);
        assertEquals(Npm.hashes("messages/from-empty-1-ana.txt", "head"), side.next().heads());
    }

    @Test
    void nothingIsSaidBeforeThePeerAsks() {
        side.add(chain(ANA, List.of(), 3));

        assertTrue(side.sent.isEmpty() && side.due.isEmpty());
    }

    @Test
    void theSameThingIsNotSaidTwice() {
        side.add(chain(ANA, List.of(), 3));
        var repeated = message(List.of(foreign()), List.of(), List.of(NO_MEMORY));

        say(repeated);
        assertEquals(3, side.next().changes().size());
        say(repeated);
        assertTrue(side.sent.isEmpty() && side.due.isEmpty());
    }

    @Test
    void whoRemembersMoreThanIsHereIsAskedForAll() {
        side.add(chain(ANA, List.of(), 1));

        side.receive(Npm.value("messages/remembering-bob.txt", "message"));
        AutomergeMessage answer = side.next();

        assertTrue(answer.isReset());
        assertEquals(side.graph.heads(), answer.heads());
    }

    @Test
    void whoAsksForAllIsSentWhatItsHeadsDoNotShow() {
        List<ChangeChunk> changes = chain(ANA, List.of(), 3);
        side.add(changes);
        say(message(hashes(changes.subList(2, 3)), List.of(), List.of(NO_MEMORY)));
        side.sent.clear();
        say(message(hashes(changes.subList(0, 1)), List.of(), List.of(NO_MEMORY)));

        assertEquals(bytes(changes.subList(1, 3)), side.next().changes());
    }

    @Test
    void whatAFilterClaimsByMistakeIsSentOnceItIsNeeded() {
        ChangeChunk theirs = Chunks.change(List.of(), BOB, 1, Bytes.EMPTY);
        var filter = BloomFilter.of(1, Stream.of(theirs.hash()));
        ChangeChunk claimed =
                Stream.iterate(0, n -> n + 1)
                        .map(n -> Chunks.change(List.of(), ANA, 1, number(n)))
                        .filter(change -> filter.mayContain(change.hash()))
                        .findFirst()
                        .orElseThrow();
        var changes = new ArrayList<>(List.of(claimed));
        // More than the graph keeps waiting, and they are sent only once.
        for (int seq = 2; seq <= 1_500; seq++) {
            changes.add(Chunks.change(List.of(changes.getLast().hash()), ANA, seq, Bytes.EMPTY));
        }
        side.add(changes);
        var other = new Side();
        other.add(List.of(theirs));
        other.handle(new Input.Begun());

        // Only what the claimed one carries could show that it is lacking; all of it is claimed.
        say(other.next());
        AutomergeMessage first = side.next();
        other.receive(AutomergeCodec.encode(first));
        AutomergeMessage needs = other.next();
        while (needs.need().stream().noneMatch(claimed.hash()::equals)) {
            say(needs);
            other.receive(AutomergeCodec.encode(side.next()));
            needs = other.next();
        }
        say(needs);
        other.receive(AutomergeCodec.encode(side.next()));
        other.next();

        assertFalse(first.changes().contains(claimed.bytes()));
        assertTrue(other.graph.hasAll(hashes(changes)));
    }

    @Test
    void aPeerThatForgotWhatItOnceHadIsBelievedWhatItNeeds() {
        List<ChangeChunk> changes = chain(ANA, List.of(), 4);
        side.add(changes);
        var restored = new Have(hashes(changes.subList(3, 4)), BloomFilter.EMPTY);

        say(message(List.of(foreign()), hashes(changes.subList(3, 4)), List.of(restored)));

        assertEquals(bytes(changes), side.next().changes());
    }

    @Test
    void whatIsNewWhileAMessageWithChangesIsUnansweredComesInOne() {
        say(message(List.of(), List.of(), List.of(NO_MEMORY)));
        List<ChangeChunk> changes = chain(ANA, List.of(), 4);
        for (ChangeChunk change : changes) {
            side.add(List.of(change));
            while (!side.due.isEmpty()) {
                side.doOne(0);
            }
        }

        // The first one answers the peer, before there was anything to send.
        assertEquals(2, side.sent.size());
        assertEquals(List.of(), side.next().changes());
        assertEquals(bytes(changes.subList(0, 1)), side.next().changes());

        List<ContentHash> reached = hashes(changes.subList(0, 1));
        say(message(reached, List.of(), List.of(new Have(reached, BloomFilter.EMPTY))));
        assertEquals(bytes(changes.subList(1, changes.size())), side.next().changes());
        assertTrue(side.sent.isEmpty());
    }

    @Test
    void aPeerThatHadItAllBeforeWasAskedForNoAnswer() {
        List<ChangeChunk> changes = chain(ANA, List.of(), 3);
        side.add(changes.subList(0, 2));
        List<ContentHash> reached = hashes(changes.subList(1, 2));
        say(message(List.of(), List.of(), List.of(NO_MEMORY)));
        // It got them from somebody else while they were read for it.
        say(message(reached, List.of(), List.of(new Have(reached, BloomFilter.EMPTY))));
        assertEquals(bytes(changes.subList(0, 2)), side.next().changes());

        side.add(changes.subList(2, 3));

        assertEquals(bytes(changes.subList(2, 3)), side.next().changes());
    }

    @Test
    void changesAreAnsweredAlsoWhereNoneCanBeTaken() {
        List<ChangeChunk> changes = chain(BOB, List.of(foreign()), 2);
        List<ContentHash> heads = hashes(changes.subList(1, 2));
        say(new AutomergeMessage(heads, List.of(), List.of(NO_MEMORY), bytes(changes)));
        AutomergeMessage lacks = side.next();

        say(new AutomergeMessage(heads, List.of(), List.of(NO_MEMORY), bytes(changes)));

        assertTrue(lacks.need().contains(foreign()));
        assertEquals(lacks, side.next());
    }

    @Test
    void whatIsNoChangeEndsIt() {
        var sync = new DocumentSync(new ChangeGraph(CostLimits.DEFAULT), List.of());
        sync.handle(
                new Input.Received(
                        new AutomergeMessage(
                                List.of(), List.of(), List.of(), List.of(Bytes.EMPTY))));

        List<Output> outputs = sync.handle(new Input.Poisoned(1, "no bytes"));

        assertInstanceOf(Output.Failed.class, outputs.getFirst());
        assertEquals(List.of(), sync.handle(new Input.Begun()));
    }

    @Test
    void aPeerCannotMakeItHoldMoreThanItsBound() {
        var sync = new DocumentSync(new ChangeGraph(CostLimits.DEFAULT), List.of());
        var large =
                new AutomergeMessage(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(Bytes.copyOf(new byte[DocumentSync.INBOX_BYTES_MAX])));
        sync.handle(new Input.Received(large));

        assertFalse(sync.isReady());
        assertInstanceOf(Output.Failed.class, sync.handle(new Input.Received(large)).getFirst());
    }

    @Test
    void aPeerWhoseChangesBuildOnNothingIsGivenUpAtABound() {
        var sync = new DocumentSync(new ChangeGraph(CostLimits.DEFAULT), List.of());
        int largeBytes = 8 << 20;
        var large =
                new AutomergeMessage(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(Bytes.copyOf(new byte[largeBytes])));
        List<Output> outputs = List.of();
        int messages = 0;
        while (!outputs.contains(new Output.Failed(WAITS_TOO_MUCH))) {
            outputs = sync.handle(new Input.Received(large));
            var take = assertInstanceOf(Output.Take.class, outputs.getFirst());
            outputs = sync.handle(new Input.Taken(take.ticket(), List.of(foreign())));
            messages++;
        }

        assertEquals(DocumentSync.WAITING_BYTES_MAX / largeBytes + 1, messages);
    }

    private void say(AutomergeMessage message) {
        side.receive(AutomergeCodec.encode(message));
    }

    private static AutomergeMessage message(
            List<ContentHash> heads, List<ContentHash> need, List<Have> have) {
        return new AutomergeMessage(heads, need, have, List.of());
    }

    private static List<ChangeChunk> chain(Bytes actor, List<ContentHash> deps, int length) {
        var chain = new ArrayList<ChangeChunk>();
        List<ContentHash> before = deps;
        for (int seq = 1; seq <= length; seq++) {
            chain.add(Chunks.change(before, actor, seq, Bytes.EMPTY));
            before = List.of(chain.getLast().hash());
        }
        return chain;
    }

    private static ContentHash foreign() {
        return Chunks.change(List.of(), Bytes.parseHex("ff"), 1, Bytes.EMPTY).hash();
    }

    private static Bytes number(int number) {
        return Bytes.copyOf(new byte[] {(byte) (number >> 8), (byte) number});
    }

    private static List<Bytes> bytes(List<ChangeChunk> changes) {
        return changes.stream().map(ChangeChunk::bytes).toList();
    }

    private static List<ContentHash> hashes(List<ChangeChunk> changes) {
        return changes.stream().map(ChangeChunk::hash).toList();
    }
}
