package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.automerge.RepoConnection.Step;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class RepoConnectionTest {
    private static final String SELF = "node";
    private static final String ANA = "ana";
    private static final String BEN = "ben";
    private static final String STORAGE = "0b7f8c6a-1111-4222-8333-944455566677";
    private static final PeerMetadata KEEPS = new PeerMetadata("ana's laptop", false);
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final DocumentId HIDDEN =
            DocumentId.ofRandom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    private static final ContentHash HEAD = ContentHash.of(Bytes.parseHex("01"));
    private static final AutomergeMessage ASKS = message(List.of());
    private static final AutomergeMessage EDITS = message(List.of(Bytes.parseHex("00".repeat(20))));

    private final Set<DocumentId> readable = new HashSet<>(Set.of(DOCUMENT));
    private final Set<DocumentId> writable = new HashSet<>(Set.of(DOCUMENT));
    private final RepoConnection connection =
            new RepoConnection(
                    SELF,
                    STORAGE,
                    (access, document) ->
                            (access == Access.READ ? readable : writable).contains(document));

    private static AutomergeMessage message(List<Bytes> changes) {
        return new AutomergeMessage(List.of(HEAD), List.of(), List.of(), changes);
    }

    private static Bytes data(AutomergeMessage message) {
        return AutomergeCodec.encode(message);
    }

    private void join() {
        connection.received(new Frame.Join(ANA, KEEPS, List.of("1")));
    }

    private List<Step> request(DocumentId document, AutomergeMessage message) {
        return connection.received(new Frame.Request(ANA, SELF, document, data(message)));
    }

    private List<Step> sync(DocumentId document, AutomergeMessage message) {
        return connection.received(new Frame.Sync(ANA, SELF, document, data(message)));
    }

    @Test
    void whoJoinsHearsWhoIsThereAndWhatItsStorageIsCalled() {
        assertEquals(
                List.of(
                        new Step.Joined(ANA),
                        new Step.Send(
                                new Frame.Peer(SELF, ANA, new PeerMetadata(STORAGE, false), "1"))),
                connection.received(new Frame.Join(ANA, KEEPS, List.of("0", "1"))));
        assertEquals(Optional.of("ana's laptop"), connection.storage());
    }

    @Test
    void ofWhoKeepsNothingNothingIsFollowed() {
        connection.received(new Frame.Join(ANA, new PeerMetadata("tab", true), List.of("1")));
        assertEquals(Optional.empty(), connection.storage());
    }

    @Test
    void whoSpeaksAnotherVersionHearsWhichOneIsSpokenHere() {
        List<Step> steps = connection.received(new Frame.Join(ANA, KEEPS, List.of("2")));

        Frame said = assertInstanceOf(Step.Send.class, steps.getFirst()).frame();
        assertTrue(((Frame.Failure) said).message().contains("version 1"));
        assertFalse(assertInstanceOf(Step.Close.class, steps.getLast()).broken());
    }

    @Test
    void whoDoesNotJoinFirstOrJoinsTwiceIsSentAway() {
        assertBroken(sync(DOCUMENT, ASKS));
        assertEquals(List.of(), connection.received(new Frame.Join(ANA, KEEPS, List.of("1"))));

        var second = new RepoConnection(SELF, STORAGE, (_, _) -> true);
        second.received(new Frame.Join(ANA, KEEPS, List.of("1")));
        List<Step> steps = second.received(new Frame.Join(BEN, KEEPS, List.of("1")));
        assertInstanceOf(Step.Send.class, steps.getFirst());
        assertBroken(steps);
    }

    @Test
    void whatClientsNeverSayEndsTheConnection() {
        join();
        assertBroken(connection.received(new Frame.Peer(ANA, SELF, KEEPS, "1")));
    }

    @Test
    void aMessageThatIsNoneEndsTheConnection() {
        join();
        assertBroken(
                connection.received(new Frame.Sync(ANA, SELF, DOCUMENT, Bytes.parseHex("ffffff"))));
    }

    @Test
    void aRequestIsAnsweredOnce() {
        join();
        assertEquals(List.of(new Step.Talk(DOCUMENT, ASKS, true)), request(DOCUMENT, ASKS));

        assertEquals(
                Optional.of(new Frame.Unavailable(SELF, ANA, DOCUMENT)),
                connection.absent(DOCUMENT));
        assertEquals(Optional.empty(), connection.absent(DOCUMENT));
        assertEquals(
                Optional.of(new Frame.Sync(SELF, ANA, DOCUMENT, data(ASKS))),
                connection.said(DOCUMENT, ASKS),
                "it has come after all");
    }

    @Test
    void whatIsNobodysRequestIsNotSaidToBeUnavailable() {
        join();
        sync(DOCUMENT, ASKS);
        assertEquals(Optional.empty(), connection.absent(DOCUMENT));
        assertEquals(Optional.empty(), connection.absent(HIDDEN));
    }

    @Test
    void aDocumentThatMayNotBeReadIsAsIfThereWereNone() {
        join();
        List<Step> unavailable = List.of(new Step.Send(new Frame.Unavailable(SELF, ANA, HIDDEN)));
        assertEquals(unavailable, request(HIDDEN, ASKS));
        assertEquals(unavailable, sync(HIDDEN, EDITS));
        assertEquals(List.of(), connection.received(word(BEN, HIDDEN, 1)));
        assertEquals(Optional.empty(), connection.said(HIDDEN, ASKS));
    }

    @Test
    void whatMayBeReadNoMoreIsNotToldOf() {
        join();
        request(DOCUMENT, ASKS);
        readable.clear();
        assertEquals(Optional.empty(), connection.said(DOCUMENT, ASKS));
        assertEquals(Optional.empty(), connection.passedOn(word(BEN, DOCUMENT, 1)));
    }

    @Test
    void changesOfWhoMayOnlyReadGoNoFurther() {
        writable.clear();
        join();
        assertEquals(
                List.of(new Step.Refused(DOCUMENT, 1), new Step.Talk(DOCUMENT, ASKS, false)),
                sync(DOCUMENT, EDITS));
        writable.add(DOCUMENT);
        assertEquals(List.of(new Step.Talk(DOCUMENT, EDITS, false)), sync(DOCUMENT, EDITS));
    }

    @Test
    void anEphemeralWordKeepsItsAuthorAndGoesToWhoHasTheDocumentOpen() {
        join();
        Frame.Ephemeral word = word(BEN, DOCUMENT, 3);
        assertEquals(Optional.empty(), connection.passedOn(word), "not open");
        request(DOCUMENT, ASKS);
        assertEquals(Optional.of(word(BEN, DOCUMENT, 3, ANA)), connection.passedOn(word));
        assertEquals(List.of(new Step.PassOn(word)), connection.received(word));
    }

    @Test
    void storagesAreFollowedAndWhatIsToldOfThemIsHeard() {
        join();
        request(DOCUMENT, ASKS);
        var heads = new StorageHeads(List.of(HEAD), 5);
        assertEquals(
                List.of(new Step.Follow(Set.of("phone"), Set.of("tab"))),
                connection.received(
                        new Frame.SubscriptionChange(ANA, SELF, List.of("phone"), List.of("tab"))));
        assertEquals(
                List.of(new Step.Heard(DOCUMENT, "phone", heads)),
                connection.received(
                        new Frame.HeadsChanged(ANA, SELF, DOCUMENT, Map.of("phone", heads))));
        assertEquals(
                Optional.of(new Frame.HeadsChanged(SELF, ANA, DOCUMENT, Map.of("phone", heads))),
                connection.news(DOCUMENT, "phone", heads));
        assertEquals(Optional.empty(), connection.news(HIDDEN, "phone", heads));
    }

    @Test
    void whoLeavesHasBrokenNothing() {
        join();
        List<Step> steps = connection.received(new Frame.Leave(ANA));
        assertEquals(List.of(new Step.Close("the client leaves", false)), steps);
        assertEquals(List.of(), sync(DOCUMENT, ASKS));
        assertEquals(Optional.empty(), connection.failure("the node stops"));
    }

    @Test
    void aWordIsPassedOnOnceHoweverItComes() {
        var words = new EphemeralWords();
        assertTrue(words.isNew(word(BEN, DOCUMENT, 1)));
        assertFalse(words.isNew(word(BEN, DOCUMENT, 1)));
        assertTrue(words.isNew(word(BEN, DOCUMENT, 3)));
        assertFalse(words.isNew(word(BEN, DOCUMENT, 2)));
        assertTrue(words.isNew(word(ANA, DOCUMENT, 1)), "of somebody else");
        for (int i = 0; i <= EphemeralWords.SESSIONS_MAX; i++) {
            words.isNew(word("peer" + i, DOCUMENT, 1));
        }
        assertTrue(words.isNew(word(BEN, DOCUMENT, 1)), "forgotten by now");
    }

    @Test
    void whatIsSaidLaterOfAStorageCounts() {
        var news = new StorageNews();
        assertTrue(news.isNew(DOCUMENT, "phone", new StorageHeads(List.of(HEAD), 5)));
        assertFalse(news.isNew(DOCUMENT, "phone", new StorageHeads(List.of(), 4)));
        assertFalse(news.isNew(DOCUMENT, "phone", new StorageHeads(List.of(HEAD), 6)));
        assertTrue(news.isNew(DOCUMENT, "phone", new StorageHeads(List.of(), 7)));
        assertEquals(Map.of(DOCUMENT, new StorageHeads(List.of(), 7)), news.of("phone"));
        for (int i = 0; i < StorageNews.STORAGES_MAX; i++) {
            news.isNew(DOCUMENT, "storage" + i, new StorageHeads(List.of(HEAD), 1));
        }
        assertFalse(news.isNew(DOCUMENT, "one more", new StorageHeads(List.of(HEAD), 1)));
    }

    @Test
    void whatIsQuotedOfTheClientIsTextThatCanBeSent() {
        join();
        // {"type": half a character, "senderId": "ana"}
        Bytes frame = Bytes.parseHex("a2647479706563eda0806873656e646572496463616e61");
        Decoded<Frame> decoded = FrameCodec.decode(frame);
        String reason = assertInstanceOf(Decoded.Malformed.class, decoded).reason();
        assertTrue(reason.contains("\ud800"), reason);
        assertEquals(
                Optional.of(new Frame.Failure(SELF, ANA, reason.replace('\ud800', '?'))),
                connection.failure(reason));
    }

    @Test
    void whatIsTooLongToBeSaidIsNotCutWithinACharacter() {
        join();
        String reason = "x" + "\ud83c\udfe0".repeat(Frame.MESSAGE_CHARS_MAX / 2);
        assertEquals(
                Optional.of(
                        new Frame.Failure(
                                SELF, ANA, reason.substring(0, Frame.MESSAGE_CHARS_MAX - 1) + "?")),
                connection.failure(reason));
    }

    private static Frame.Ephemeral word(String by, DocumentId document, long count) {
        return word(by, document, count, SELF);
    }

    private static Frame.Ephemeral word(String by, DocumentId document, long count, String target) {
        return new Frame.Ephemeral(by, target, document, count, "session", Bytes.parseHex("a0"));
    }

    private static void assertBroken(List<Step> steps) {
        assertTrue(assertInstanceOf(Step.Close.class, steps.getLast()).broken());
    }
}
