package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The node's side of a relationship, on a real journal, without a wire.
class PeerSyncTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NodeId NODE = new NodeId(Bytes.parseHex("cc".repeat(32)));
    private static final Grant.OfToken GRANT = grant("01");
    private static final long PERSIST_MILLIS = 300;

    @TempDir Path directory;
    private NodeKey phone = NodeKey.generate();
    private final DocumentId document = document(1);
    private final DocumentId other = document(2);
    private final SyncCounters counters = new SyncCounters();
    private final AtomicLong monotonicMillis = new AtomicLong();
    private final Copies copies = new Copies(1, monotonicMillis::get);
    private final Intake intake = Intake.open();
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<Peers.Command> peers;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<Tokens.Command> tokens;

    private static DocumentId document(int number) {
        byte[] random = new byte[16];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }

    private static Grant.OfToken grant(String token) {
        return new Grant.OfToken(
                new ContentHash(Bytes.parseHex(token.repeat(32))), List.of(new Scope.Admin()));
    }

    @BeforeEach
    void start() {
        journal = new JournalSystem(directory);
        LocalJournal local = LocalJournal.get(journal.actors);
        var index = new DocumentIndex();
        local.reader().after(0, 1_000).toCompletableFuture().join().entries().forEach(index::apply);
        var hub = new SyncHub(index, local.reader().lastStreamed().toCompletableFuture().join());
        local.onCommit(hub::committed);
        ActorRef<Documents.Command> documents =
                journal.spawn(
                        Documents.create(
                                CostLimits.DEFAULT,
                                () -> now,
                                Documents.AWAKE_MAX,
                                local::takesWrites,
                                index::unreadable));
        tokens = journal.spawn(Tokens.create(NODE, () -> now, local::takesWrites));
        var random = new Random(1);
        peers =
                journal.spawn(
                        Peers.create(
                                new Peers.Node(
                                        NODE,
                                        documents,
                                        index,
                                        hub,
                                        local.reader(),
                                        new ChangeBytes(local.reader(), 0),
                                        counters,
                                        copies,
                                        Elsewhere.NOWHERE,
                                        intake,
                                        PERSIST_MILLIS,
                                        List.of(),
                                        true,
                                        () -> now,
                                        monotonicMillis::get,
                                        random::nextLong)));
    }

    @AfterEach
    void stop() {
        journal.close();
    }

    @Test
    void aDamagedDocumentIsRefusedAndAnotherOfTheSameDeviceGoesOn() throws Exception {
        Device first = connect(1, GRANT);
        first.send(changes(1, document, change(document, 1)));
        first.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        stop();
        damage(document);
        start();

        Device device = open(2, GRANT, 1);
        device.send(changes(2, document, change(document, 2)));
        device.send(changes(3, other, change(other, 1)));
        device.send(new SyncMessage.Deleted(4, document, 1));
        device.send(new SyncMessage.Deleted(5, other, 1));

        // Change and mark go different ways to the document: either may be answered first.
        List<SyncMessage.Refused> refused =
                List.of(
                        device.await(SyncMessage.Refused.class),
                        device.await(SyncMessage.Refused.class));
        refused.forEach(each -> assertEquals(Limit.UNREADABLE, each.limit()));
        assertEquals(1, refused.stream().filter(each -> each.hashes().isEmpty()).count());
        device.await(new SyncMessage.Ack(5, Tier.ACCEPTED));
    }

    @Test
    void aReadThatFailsEndsTheConnectionAndTheNextOneIsServed() throws Exception {
        execute("DROP INDEX event_lane");
        Device refused = connect(1, GRANT);
        String reason = refused.awaitClosed();
        assertTrue(reason.contains("journal"), reason);
        assertEquals(reason, refused.await(SyncMessage.Failure.class).text());
        tell(new PeerSync.Command.Disconnected(1));

        execute("CREATE INDEX event_lane ON event_journal (lane) WHERE lane IS NOT NULL");
        Device again = connect(2, GRANT);
        again.send(changes(1, document, change(document, 1)));
        again.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
    }

    /// Each session counts its questions from 1.
    @Test
    void anAnswerToTheSessionBeforeIsNoneToThisOne() {
        Device writer = connect(1, GRANT);
        writer.send(changes(1, document, change(document, 1)));
        writer.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        phone = NodeKey.generate();
        Device reader = open(2, GRANT);
        var late = new ArrayList<Input>();
        for (int ticket = 1; ticket <= 4; ticket++) {
            late.add(new Input.Page(ticket, List.of(), 1_000, true));
        }
        tell(new PeerSync.Command.Answer(0, late));

        assertEquals(
                document, reader.await(SyncMessage.Events.class).events().getFirst().document());
    }

    @Test
    void whoConnectsAsItsActorFallsAsleepStays() {
        Device device = connect(1, GRANT);
        peers.tell(new Peers.Command.Sleepy(phone.id()));
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        assertFalse(device.isClosed());
    }

    @Test
    void aRulingBringsTheLifeOfItsDocument() {
        Device sibling = connect(1, Grant.ofFamily(List.of(), List.of()));
        sibling.send(changes(1, document, change(document, 1)));
        sibling.send(
                new SyncMessage.Ruled(2, document, new Ruling(2, Reach.COMMONS, phone.id()), 1));
        sibling.await(new SyncMessage.Ack(2, Tier.ACCEPTED));

        sibling.send(new SyncMessage.Compare(null));
        SyncMessage.Digest digest = sibling.await(SyncMessage.Digests.class).digests().getFirst();
        assertEquals(1, digest.life());
        assertEquals(Reach.COMMONS, digest.ruling().reach());
    }

    @Test
    @DisplayName("R-07: a session goes on by itself once the disk has room again")
    void aSessionGoesOnOnceTheDiskHasRoom() {
        Device device = connect(1, Grant.ofFamily(List.of(), List.of()));
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        journal.fill();
        device.send(changes(2, document, change(document, 2)));
        device.send(new SyncMessage.Ruled(3, document, new Ruling(2, Reach.COMMONS, phone.id())));
        device.send(new SyncMessage.Deleted(4, other, 1));
        // It is answered of what was there before, also after the first write that failed.
        for (int i = 0; i < 2; i++) {
            device.send(new SyncMessage.Compare(null));
            assertEquals(1, device.await(SyncMessage.Digests.class).digests().size());
            monotonicMillis.addAndGet(PERSIST_MILLIS);
        }

        journal.free();

        device.await(new SyncMessage.Ack(4, Tier.ACCEPTED));
    }

    @Test
    @DisplayName(
            "R-07: a peer hears in words of a disk that stays full, and what it sent counts not")
    void aPeerHearsOfADiskThatStaysFull() {
        Device device = connect(1, GRANT);
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        journal.fill();
        device.send(new SyncMessage.Deleted(2, document, 1));
        // Answered behind it.
        device.send(new SyncMessage.Compare(null));
        device.await(SyncMessage.Digests.class);
        monotonicMillis.addAndGet(Duration.ofMinutes(1).toMillis());

        String reason = device.awaitClosed();
        assertTrue(reason.contains("full"), reason);
        assertEquals(reason, device.await(SyncMessage.Failure.class).text());
        tell(new PeerSync.Command.Disconnected(1));
        journal.free();

        Device again = open(2, GRANT, 1);
        assertEquals(1, again.await(SyncMessage.Hello.class).heldPosition());
        again.send(new SyncMessage.Deleted(2, document, 1));
        again.await(new SyncMessage.Ack(2, Tier.ACCEPTED));
    }

    @Test
    @DisplayName("R-07: who comes for the first time to a full disk hears why it cannot stay")
    void whoComesForTheFirstTimeToAFullDiskHearsWhy() {
        journal.fill();
        Device first = open(1, GRANT);
        first.send(changes(1, document, change(document, 1)));
        assertTrue(first.awaitClosed().contains("full"));
        // The first write that failed has told so; from now on nobody has to find out.
        Device second = open(2, GRANT);
        second.send(changes(1, document, change(document, 1)));
        assertTrue(second.awaitClosed().contains("full"));
        journal.free();

        Device third = connect(3, GRANT);
        third.send(changes(1, document, change(document, 1)));
        third.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
    }

    /// A connection ends once nothing of it is being worked on: what is not answered would keep it.
    @Test
    void whatComesOverAConnectionThatHasEndedIsNotLetWait() {
        connect(1, GRANT);
        connect(2, GRANT);
        say(1);
        say(7);
        journal.fill();
        phone = NodeKey.generate();
        Device first = open(3, GRANT);
        say(3);
        assertTrue(first.awaitClosed().contains("full"));
        say(3);
    }

    /// Says something over a connection, and waits until the next may be said.
    private void say(long connection) {
        journal.<Peers.Command, PeerSync.Next>ask(
                        peers,
                        next ->
                                new Peers.Command.Tell(
                                        phone.id(),
                                        new PeerSync.Command.Received(
                                                connection, new SyncMessage.Compare(null), next)))
                .join();
    }

    @Test
    void aRelationshipThatCannotWriteItsLastPositionsEndsAllTheSame() {
        Device device = connect(1, GRANT);
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        tell(new PeerSync.Command.Disconnected(1));
        journal.fill();

        // What is said to it from now on waits until it has ended.
        peers.tell(new Peers.Command.Sleepy(phone.id()));

        Device again = connect(2, GRANT);
        again.send(new SyncMessage.Compare(null));
        again.await(SyncMessage.Digests.class);
    }

    @Test
    void aDeviceThatMovedToAnotherTokenOfTheSameScopesIsClosedWithThatOne() {
        Grant.OfToken moved = issue("02");
        connect(1, issue("01"));
        Device device = connect(2, moved);

        revoke("01");
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        revoke("02");

        assertEquals("the token was revoked", device.awaitClosed());
    }

    @Test
    void aSocketThatWasSpareWhenItsTokenWasRevokedDoesNotBecomeASession() {
        Grant.OfToken spare = issue("01");
        revoke("01");

        Device device = open(1, spare);

        assertEquals("the token was revoked", device.awaitClosed());
        assertEquals("the token was revoked", device.await(SyncMessage.Failure.class).text());
    }

    @Test
    void whoIsForgottenBeginsAnewWhenItComesAgainAndItsCopyCountsForNothing() {
        var family = new Grant.OfFamily();
        Device sibling = connect(1, family);
        sibling.send(changes(1, document, change(document, 1)));
        sibling.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        Device again = open(2, family);
        assertEquals(1, again.await(SyncMessage.Hello.class).heldPosition());

        tell(new PeerSync.Command.Forget());
        assertTrue(again.awaitClosed().contains("was removed from the family"));
        Device third = open(3, family);
        assertEquals(0, third.await(SyncMessage.Hello.class).heldPosition());
        tell(new PeerSync.Command.Forget());
        tell(new PeerSync.Command.Forget());
        third.awaitClosed();
        stop();
        start();
        assertEquals(List.of(), copies.all());
        assertEquals(0, open(4, family).await(SyncMessage.Hello.class).heldPosition());
    }

    @Test
    void whereNoEditsAreTakenDevicesHaveToLeaveAndSiblingsStay() {
        Device device = connect(1, GRANT);
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        NodeKey phones = phone;
        phone = NodeKey.generate();
        Device sibling = connect(1, new Grant.OfFamily());

        intake.close("the node leaves");
        var _ =
                journal.<Peers.Command, Peers.Closed>ask(
                                peers, to -> new Peers.Command.EndDevices("the node leaves", to))
                        .join();

        assertEquals("the node leaves", device.awaitClosed());
        assertEquals("the node leaves", device.await(SyncMessage.Failure.class).text());
        sibling.send(changes(1, other, change(other, 1)));
        sibling.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        phone = phones;
        assertEquals("the node leaves", open(2, GRANT).awaitClosed());
        intake.reopen();
        connect(3, GRANT);
    }

    @Test
    void aRestoreThatComesTooLateIsRefusedInWordsAndItsPositionGoesOn() {
        Device device = connect(1, GRANT);
        device.send(new SyncMessage.Deleted(1, document, 1));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        now = now.plus(Document.RESTORABLE).plusSeconds(1);

        device.send(new SyncMessage.Restored(2, document, 2));

        SyncMessage.Refused refused = device.await(SyncMessage.Refused.class);
        assertEquals(document, refused.document());
        assertTrue(refused.explanation().contains("30 days"), refused.explanation());
        // What of it is not here is asked for after a restore, and there is nothing.
        device.await(SyncMessage.Need.class);
        device.send(new SyncMessage.Changes(document, List.of()));
        device.await(new SyncMessage.Ack(2, Tier.ACCEPTED));
    }

    @Test
    void whatIsRefusedIsCountedByWhoRefusesIt() {
        Grant.OfToken readOnly =
                new Grant.OfToken(
                        GRANT.token(), List.of(new Scope.OfReach(Access.READ, Reach.PRIVATE)));
        Device device = connect(1, readOnly);

        device.send(changes(1, document, change(document, 1)));
        device.send(new SyncMessage.Deleted(2, document, 1));
        device.await(new SyncMessage.Ack(2, Tier.ACCEPTED));
        var ours = new SyncMessage.Refused(other, List.of(), Limit.REACH, "not mine");
        device.send(ours);
        device.send(new SyncMessage.Compare(null));
        device.await(SyncMessage.Digests.class);

        assertEquals(2, counters.all().get(SyncCounters.Counter.CHANGES_REFUSED));
        assertEquals(1, counters.all().get(SyncCounters.Counter.CHANGES_REFUSED_BY_PEERS));
    }

    @Test
    void positionsAreJournaledAsOftenAsToldAndNotForEachAcknowledgement() throws Exception {
        var journaled = new LinkedBlockingQueue<Long>();
        LocalJournal.get(journal.actors)
                .onCommit(
                        batch ->
                                batch.stream()
                                        .map(Committed::event)
                                        .filter(PeerSync.Event.CursorAdvanced.class::isInstance)
                                        .map(PeerSync.Event.CursorAdvanced.class::cast)
                                        .forEach(
                                                advanced ->
                                                        journaled.add(advanced.state().held())));
        Device device = connect(1, GRANT);
        device.send(changes(1, document, change(document, 1)));
        device.await(new SyncMessage.Ack(1, Tier.ACCEPTED));
        // That of a new numbering, which comes before any acknowledgement.
        assertEquals(0L, journaled.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertNull(journaled.peek());

        monotonicMillis.set(PERSIST_MILLIS);

        assertEquals(1L, journaled.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    private Grant.OfToken issue(String token) {
        Grant.OfToken grant = grant(token);
        assertTrue(
                administer(
                                to ->
                                        new Tokens.Command.Issue(
                                                grant.token(), "phone", grant.scopes(), to))
                        .isSuccess());
        return grant;
    }

    private void revoke(String token) {
        String id = grant(token).token().bytes().slice(0, 6).toHex();
        assertTrue(administer(to -> new Tokens.Command.Revoke(id, to)).isSuccess());
    }

    private StatusReply<Token> administer(
            Function<ActorRef<StatusReply<Token>>, Tokens.Command> command) {
        return journal.ask(tokens, command).join();
    }

    @Test
    void whatTurnsOutUnreadableIsNotOfferedAgain() throws Exception {
        Device first = connect(1, GRANT);
        SealedChange small = change(document, 1);
        // Too large to travel inside its event.
        SealedChange large =
                SealedChange.sign(
                        document,
                        phone.id().publicKey(),
                        2,
                        List.of(small.hash()),
                        Bytes.copyOf(new byte[StreamEntry.INLINE_BYTES_MAX]),
                        phone::sign);
        first.send(changes(1, document, small));
        first.send(changes(2, document, large));
        first.send(changes(3, other, change(other, 1)));
        first.await(new SyncMessage.Ack(3, Tier.ACCEPTED));
        stop();
        damage(document);
        start();
        phone = NodeKey.generate();

        Device laptop = connect(1, GRANT);
        assertEquals(Set.of(document, other), offered(laptop));
        laptop.send(new SyncMessage.Need(document, List.of(), List.of(large.hash())));
        assertEquals(List.of(), laptop.await(SyncMessage.Changes.class).changes());

        assertEquals(Set.of(other), offered(connect(2, GRANT)));
    }

    private static Set<DocumentId> offered(Device device) {
        Set<DocumentId> offered = new HashSet<>();
        while (true) {
            switch (device.next()) {
                case SyncMessage.Events events ->
                        events.events().forEach(event -> offered.add(event.document()));
                case SyncMessage.Level _ -> {
                    return offered;
                }
                case SyncMessage other -> assertFalse(other instanceof SyncMessage.Failure);
            }
        }
    }

    private void damage(DocumentId damaged) throws Exception {
        execute(
                "UPDATE event_journal SET event_payload = x'ff' WHERE sequence_number = 2 AND"
                        + " persistence_id = '%s'".formatted(Document.persistenceId(damaged).id()));
    }

    private void execute(String sql) throws Exception {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private SealedChange change(DocumentId of, long seq) {
        return SealedChange.sign(
                of, phone.id().publicKey(), seq, List.of(), Bytes.EMPTY, phone::sign);
    }

    private static SyncMessage.Events changes(long position, DocumentId of, SealedChange change) {
        return new SyncMessage.Events(
                position,
                List.of(
                        new SyncMessage.Event(
                                of, List.of(change.hash()), Lane.LOCAL, List.of(change.bytes()))));
    }

    private Device connect(long connection, Grant grant) {
        Device device = open(connection, grant);
        device.await(SyncMessage.Hello.class);
        return device;
    }

    private Device open(long connection, Grant grant) {
        return open(connection, grant, 0);
    }

    private Device open(long connection, Grant grant, long acknowledged) {
        var device = new Device(peers, journal.actors.ignoreRef(), phone.id(), connection);
        var hello =
                new SyncMessage.Hello(
                        SyncSession.VERSION,
                        phone.id(),
                        0,
                        7,
                        1,
                        connection,
                        acknowledged,
                        0,
                        0,
                        0,
                        Bytes.EMPTY,
                        Bytes.EMPTY);
        tell(
                new PeerSync.Command.Connect(
                        connection, device, grant, Bytes.EMPTY, Bytes.EMPTY, hello));
        return device;
    }

    private void tell(PeerSync.Command command) {
        peers.tell(new Peers.Command.Tell(phone.id(), command));
    }
}
