package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// A node's relationships over a journal on the disk, and devices that come to it without a wire.
abstract class PeerSyncOnDisk {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final NodeId NODE = new NodeId(Bytes.parseHex("cc".repeat(32)));
    static final Grant.OfToken GRANT = grant("01");
    static final long PERSIST_MILLIS = 300;

    @TempDir Path directory;
    NodeKey phone = NodeKey.generate();
    final DocumentId document = document(1);
    final DocumentId other = document(2);
    final SyncCounters counters = new SyncCounters();
    final AtomicLong monotonicMillis = new AtomicLong();
    final Copies copies = new Copies(1, monotonicMillis::get);
    final Intake intake = Intake.open();
    Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @SuppressWarnings("NullAway.Init") // set before each test
    JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    ActorRef<Peers.Command> peers;

    @SuppressWarnings("NullAway.Init") // set before each test
    ActorRef<Tokens.Command> tokens;

    static DocumentId document(int number) {
        byte[] random = new byte[16];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }

    static Grant.OfToken grant(String token) {
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
                                        new Signatures(),
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

    SealedChange change(DocumentId of, long seq) {
        return SealedChange.sign(
                of, phone.id().publicKey(), seq, List.of(), Bytes.EMPTY, phone::sign);
    }

    static SyncMessage.Events changes(long position, DocumentId of, SealedChange change) {
        return new SyncMessage.Events(
                position,
                List.of(
                        new SyncMessage.Event(
                                of, List.of(change.hash()), Lane.LOCAL, List.of(change.bytes()))));
    }

    Device connect(long connection, Grant grant) {
        Device device = open(connection, grant);
        device.await(SyncMessage.Hello.class);
        return device;
    }

    Device open(long connection, Grant grant) {
        return open(connection, grant, 0);
    }

    Device open(long connection, Grant grant, long acknowledged) {
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

    void tell(PeerSync.Command command) {
        peers.tell(new Peers.Command.Tell(phone.id(), command));
    }
}
