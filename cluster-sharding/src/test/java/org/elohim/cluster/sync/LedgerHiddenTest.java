package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
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
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// What a device hears of the family's ledger, whatever it asks and whatever its token allows: the
/// same where there is one as where there is none.
class LedgerHiddenTest {
    private static final NodeKey NODE = NodeKey.generate();
    private static final NodeKey PHONE = NodeKey.generate();
    private static final DocumentId USUAL = DocumentId.ofRandom(new byte[16]);
    private static final Grant.OfToken ALL =
            new Grant.OfToken(
                    ContentHash.of(Bytes.EMPTY),
                    List.of(
                            new Scope.Admin(),
                            Scope.parse("write:reach:private"),
                            Scope.parse("write:document:" + DocumentId.LEDGER)));

    @TempDir Path directory;
    private final DocumentIndex index = new DocumentIndex();

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<Documents.Command> documents;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<Peers.Command> peers;

    @BeforeEach
    void start() {
        journal = new JournalSystem(directory);
        LocalJournal local = LocalJournal.get(journal.actors);
        var hub = new SyncHub(index, 0);
        local.onCommit(hub::committed);
        documents =
                journal.spawn(
                        Documents.create(
                                CostLimits.DEFAULT,
                                InstantSource.system(),
                                Documents.AWAKE_MAX,
                                local::takesWrites,
                                index::unreadable));
        peers =
                journal.spawn(
                        Peers.create(
                                new Peers.Node(
                                        NODE.id(),
                                        documents,
                                        index,
                                        hub,
                                        local.reader(),
                                        new ChangeBytes(local.reader(), 0),
                                        new SyncCounters(),
                                        new Signatures(),
                                        new Copies(1, () -> 0),
                                        Elsewhere.NOWHERE,
                                        Intake.open(),
                                        SyncSession.PERSIST_MILLIS,
                                        List.of(),
                                        true,
                                        InstantSource.system(),
                                        () -> 0,
                                        () -> 1)));
    }

    @AfterEach
    void stop() {
        journal.close();
    }

    @Test
    @DisplayName("R-17: a device does not learn that there is a ledger, and changes nothing in it")
    void aDeviceHearsTheSameWithALedgerAsWithoutOne() {
        write(USUAL, change(NODE, USUAL, 1));
        List<SyncMessage> without = answers(1);
        SealedChange entry = change(NODE, DocumentId.LEDGER, 1);
        write(DocumentId.LEDGER, entry);
        ContentHash before = index.find(DocumentId.LEDGER).orElseThrow().headsDigest();

        List<SyncMessage> with = answers(2);

        assertEquals(without, with);
        for (SyncMessage each : with) {
            assertFalse(each.toString().contains(entry.hash().toString()), each.toString());
        }
        assertEquals(before, index.find(DocumentId.LEDGER).orElseThrow().headsDigest());
        assertFalse(index.find(DocumentId.LEDGER).orElseThrow().deleted());
        assertEquals(1, index.size());
    }

    /// A node that is not sound, or of an older version, at which a device has deleted it.
    @Test
    void aSiblingThatSaysTheLedgerIsDeletedIsAskedForItAllTheSame() {
        Device sibling = connect(1, PHONE.id(), new Grant.OfFamily());
        sibling.send(new SyncMessage.Level(0));
        sibling.await(SyncMessage.Compare.class);
        var deleted =
                new SyncMessage.Digest(
                        DocumentId.LEDGER,
                        ContentHash.of(Bytes.EMPTY),
                        1,
                        new Ruling(7, Reach.COMMONS, PHONE.id()));
        sibling.send(new SyncMessage.Digests(List.of(deleted), true));

        assertEquals(DocumentId.LEDGER, sibling.await(SyncMessage.Need.class).document());

        SealedChange entry = change(PHONE, DocumentId.LEDGER, 1);
        sibling.send(new SyncMessage.Changes(DocumentId.LEDGER, List.of(entry.bytes())));
        sibling.send(new SyncMessage.Deleted(1, DocumentId.LEDGER, 1));
        sibling.send(
                new SyncMessage.Ruled(
                        2, DocumentId.LEDGER, new Ruling(8, Reach.COMMONS, PHONE.id())));
        sibling.await(new SyncMessage.Ack(2, Tier.ACCEPTED));
        DocumentIndex.Entry ledger = index.find(DocumentId.LEDGER).orElseThrow();
        assertEquals(0, ledger.life());
        assertEquals(Ruling.NONE, ledger.ruling());
        assertEquals(ChangeGraph.digest(List.of(entry.hash())), ledger.headsDigest());
    }

    /// All that a device hears from its greeting on, while it tries everything.
    private List<SyncMessage> answers(long connection) {
        // Each time another one: the node remembers what it has sent.
        NodeKey phone = connection == 1 ? PHONE : NodeKey.generate();
        Device device = connect(connection, phone.id(), ALL);
        var heard = new ArrayList<SyncMessage>();
        SyncMessage next;
        do {
            next = device.next();
            heard.add(next);
        } while (!(next instanceof SyncMessage.Level));
        // What it may do, it still may.
        assertTrue(heard.stream().anyMatch(SyncMessage.Events.class::isInstance));
        device.send(new SyncMessage.Need(DocumentId.LEDGER, List.of(), List.of()));
        device.send(new SyncMessage.Compare(null));
        heard.add(device.next());
        heard.add(device.next());
        SealedChange ours = change(phone, DocumentId.LEDGER, 1);
        device.send(
                new SyncMessage.Events(
                        1,
                        List.of(
                                new SyncMessage.Event(
                                        DocumentId.LEDGER,
                                        List.of(ours.hash()),
                                        Lane.LOCAL,
                                        List.of(ours.bytes())))));
        device.send(new SyncMessage.Deleted(2, DocumentId.LEDGER, 1));
        device.send(new SyncMessage.Restored(3, DocumentId.LEDGER, 2));
        for (int refused = 0; refused < 3; ) {
            next = device.next();
            if (next instanceof SyncMessage.Refused(var document, var _, var limit, var words)) {
                assertEquals(DocumentId.LEDGER, document);
                assertEquals(Limit.REACH, limit);
                heard.add(new SyncMessage.Refused(document, List.of(), limit, words));
                refused++;
            }
        }
        device.send(new SyncMessage.Withdrawn(4, DocumentId.LEDGER));
        device.await(new SyncMessage.Ack(4, Tier.ACCEPTED));
        return heard;
    }

    private void write(DocumentId document, SealedChange change) {
        var batch = new Document.Batch(1, List.of(change.hash()), List.of(change));
        List<Input.Taken> taken =
                journal.<Documents.Command, List<Input.Taken>>askWithStatus(
                                documents,
                                to ->
                                        new Documents.Command.Tell(
                                                document,
                                                new Document.Command.Accept(
                                                        List.of(batch),
                                                        Lane.NEW,
                                                        Entry.RELAY,
                                                        null,
                                                        Ruling.NONE,
                                                        to)))
                        .join();
        assertEquals(1, taken.getFirst().durable().size());
    }

    private static SealedChange change(NodeKey author, DocumentId document, long seq) {
        return SealedChange.sign(
                document, author.id().publicKey(), seq, List.of(), Bytes.EMPTY, author::sign);
    }

    private Device connect(long connection, NodeId id, Grant grant) {
        var device = new Device(peers, journal.actors.ignoreRef(), id, connection);
        var hello =
                new SyncMessage.Hello(
                        SyncSession.VERSION,
                        id,
                        0,
                        7,
                        1,
                        connection,
                        0,
                        0,
                        0,
                        0,
                        Bytes.EMPTY,
                        Bytes.EMPTY);
        peers.tell(
                new Peers.Command.Tell(
                        id,
                        new PeerSync.Command.Connect(
                                connection, device, grant, Bytes.EMPTY, Bytes.EMPTY, hello)));
        device.await(SyncMessage.Hello.class);
        return device;
    }
}
