package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.TestInbox;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

/// Who is told of what was committed.
class SyncHubTest {
    private static final NodeId OWNER = new NodeId(Bytes.parseHex("cc".repeat(32)));
    private static final ContentHash TOKEN = ContentHash.of(Bytes.EMPTY);
    private static final int PASSED_BY = 10_000;

    private final SyncHub hub = new SyncHub(new DocumentIndex(), 0);
    private final DocumentId mine = document(1);
    private final DocumentId other = document(2);
    private final TestInbox<PeerSync.Command> session = TestInbox.create();
    private long ordering;

    private static DocumentId document(int number) {
        byte[] random = new byte[16];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }

    @Test
    void aGrantOfOneDocumentHearsOfThatOneOnly() {
        register(new Scope.OfDocument(Access.WRITE, mine));
        created(mine, Reach.PRIVATE);
        created(other, Reach.PRIVATE);

        commit(new Document.Event.Deleted(other, 1, 0));
        assertEquals(List.of(), heard());

        commit(new Document.Event.Deleted(mine, 1, 0));
        assertEquals(
                List.of(new Input.Fresh(List.of(deletion(ordering, mine)), ordering)), heard());
    }

    @Test
    void aGrantOfAReachHearsOfAllThatIsAsWide() {
        register(
                new Scope.OfDocument(Access.READ, mine),
                new Scope.OfReach(Access.READ, Reach.LOCAL));
        created(mine, Reach.PRIVATE);
        created(other, Reach.LOCAL);
        DocumentId hidden = document(3);
        created(hidden, Reach.PRIVATE);

        commit(
                new Document.Event.Deleted(mine, 1, 0),
                new Document.Event.Deleted(other, 1, 0),
                new Document.Event.Deleted(hidden, 1, 0));

        assertEquals(
                List.of(
                        new Input.Fresh(
                                List.of(
                                        deletion(ordering - 2, mine),
                                        deletion(ordering - 1, other)),
                                ordering)),
                heard());
    }

    @Test
    void whoIsToldNothingHearsNowAndThenHowFarTheJournalHasCome() {
        register(new Scope.OfDocument(Access.WRITE, mine));
        created(other, Reach.PRIVATE);
        for (int life = 1; ordering < PASSED_BY - 1; life++) {
            commit(lived(life));
        }
        assertEquals(List.of(), heard());

        commit(lived(PASSED_BY));
        assertEquals(List.of(new Input.Fresh(List.of(), PASSED_BY)), heard());

        commit(lived(PASSED_BY + 1));
        assertEquals(List.of(), heard());
    }

    private Document.Event lived(int life) {
        return life % 2 == 1
                ? new Document.Event.Deleted(other, life, 0)
                : new Document.Event.Restored(other, life, List.of(), 0);
    }

    @Test
    void whoHasLeftIsToldNothingAndWhoComesAgainWithAnotherGrantHearsByThatOne() {
        created(mine, Reach.PRIVATE);
        created(other, Reach.PRIVATE);
        register(new Scope.OfDocument(Access.WRITE, mine));
        register(new Scope.OfDocument(Access.WRITE, other));
        commit(new Document.Event.Deleted(mine, 1, 0));
        assertEquals(List.of(), heard());
        commit(new Document.Event.Deleted(other, 1, 0));
        assertEquals(1, heard().size());

        hub.unregister(session.getRef());
        commit(new Document.Event.Restored(other, 2, List.of(), 0));
        assertEquals(List.of(), heard());
    }

    @Test
    void aRevokedTokenIsToldAndNotLetInAgain() {
        register(new Scope.OfDocument(Access.WRITE, mine));
        commit(new Tokens.Event.Revoked(TOKEN, Instant.EPOCH));

        assertEquals(List.of(new PeerSync.Command.TokenRevoked(TOKEN)), session.getAllReceived());
        assertFalse(hub.register(session.getRef(), grant(new Scope.Admin())));
    }

    private static StreamEntry deletion(long ordering, DocumentId document) {
        return new Document.Event.Deleted(document, 1, 0).entry(ordering);
    }

    private void register(Scope... scopes) {
        assertTrue(hub.register(session.getRef(), grant(scopes)));
    }

    private static Grant grant(Scope... scopes) {
        return new Grant.OfToken(TOKEN, List.of(scopes));
    }

    private void created(DocumentId document, Reach reach) {
        commit(new Document.Event.Created(document, Ruling.first(reach, OWNER), null, 0));
    }

    private void commit(Journaled... events) {
        hub.committed(
                List.of(events).stream()
                        .map(event -> new Committed(++ordering, "some", ordering, event))
                        .toList());
    }

    private List<Input.Fresh> heard() {
        return session.getAllReceived().stream()
                .map(command -> ((PeerSync.Command.Committed) command).fresh())
                .toList();
    }
}
