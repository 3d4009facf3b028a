package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.JournalSchema;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What becomes of a relationship where the disk is full or what lies on it is damaged.
class PeerSyncFaultsTest extends PeerSyncOnDisk {
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
}
