package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The node's side of a relationship, on a real journal, without a wire.
class PeerSyncTest extends PeerSyncOnDisk {
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
}
