package org.elohim.cluster.replica;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.EntityRef;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;

import com.typesafe.config.ConfigFactory;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.family.Roles;
import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSettings;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.registry.Capacity;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.Device;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.Signatures;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncHub;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;

/// The documents of one node of a family on a journal of their own, in a cluster.
final class FamilyNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final NodeId id;
    final ActorSystem<Void> system;
    final ReadThrough others;
    final SyncCounters counters = new SyncCounters();
    private final ActorRef<Documents.Command> documents;
    private final ActorRef<Peers.Command> peers;
    private final AtomicLong connections = new AtomicLong();

    /// @param part all that it takes of the family's documents; nothing where it takes everything
    FamilyNode(Path directory, List<Part> part) {
        if (!(JournalSchema.current().prepare(directory) instanceof JournalSchema.Outcome.Ready)) {
            throw new IllegalStateException("no journal");
        }
        NodeKey key = NodeKey.generate();
        id = key.id();
        system =
                ActorSystem.create(
                        Behaviors.empty(),
                        "elohim",
                        JournalSettings.of(directory)
                                .withFallback(
                                        ConfigFactory.parseMap(
                                                Map.of(
                                                        "akka.cluster.roles",
                                                        Roles.of(id, Membership.Part.FULL))))
                                .withFallback(
                                        ConfigFactory.parseString(
                                                """
                                                akka {
                                                  loglevel = WARNING
                                                  log-dead-letters = off
                                                  actor.provider = cluster
                                                  remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                                                  cluster {
                                                    jmx.enabled = off
                                                    downing-provider-class = ""
                                                    periodic-tasks-initial-delay = 100ms
                                                    gossip-interval = 200ms
                                                    leader-actions-interval = 200ms
                                                    unreachable-nodes-reaper-interval = 200ms
                                                  }
                                                  # Whoever ends here does so without a word to the others.
                                                  coordinated-shutdown {
                                                    exit-jvm = off
                                                    run-by-jvm-shutdown-hook = off
                                                    run-by-actor-system-terminate = off
                                                  }
                                                }
                                                """))
                                .withFallback(ConfigFactory.load()));
        var index = new DocumentIndex();
        LocalJournal journal = LocalJournal.get(system);
        var hub = new SyncHub(index, 0);
        journal.onCommit(hub::committed);
        documents =
                system.systemActorOf(
                        Documents.create(
                                CostLimits.DEFAULT,
                                InstantSource.system(),
                                Documents.AWAKE_MAX,
                                journal::takesWrites,
                                index::unreadable),
                        "documents",
                        Props.empty());
        ActorRef<RegisteredNode.Command> record =
                system.systemActorOf(
                        RegisteredNode.create(id, InstantSource.system(), () -> true),
                        "registration",
                        Props.empty());
        var _ =
                AskPattern.askWithStatus(
                                record,
                                (ActorRef<akka.pattern.StatusReply<RegisteredNode.Summary>> to) ->
                                        new RegisteredNode.Command.Register(
                                                "Attic", new Capacity(2, 1_000, 2_000), to),
                                PATIENCE,
                                system.scheduler())
                        .toCompletableFuture()
                        .join();
        var bytes = new ChangeBytes(journal.reader(), 1 << 20);
        var source = new DocumentReplica.Source(id, documents, index, bytes);
        peers =
                system.systemActorOf(
                        Peers.create(
                                new Peers.Node(
                                        id,
                                        documents,
                                        index,
                                        hub,
                                        journal.reader(),
                                        bytes,
                                        counters,
                                        new Signatures(),
                                        new Copies(1, FamilyNode::nowMillis),
                                        this::obtain,
                                        Intake.open(),
                                        SyncSession.PERSIST_MILLIS,
                                        part,
                                        part.isEmpty(),
                                        InstantSource.system(),
                                        FamilyNode::nowMillis,
                                        new Random(1)::nextLong)),
                        "peers",
                        Props.empty());
        others =
                new ReadThrough(
                        system,
                        Replicas.start(system, source, peers, record),
                        source,
                        part,
                        counters,
                        FamilyNode::nowMillis);
    }

    private CompletionStage<Done> obtain(DocumentId document, Predicate<Reach> mayRead) {
        return others.obtain(document, mayRead);
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /// A device that has shown a token with this scope.
    Device device(Scope scope) {
        return device(NodeKey.generate().id(), scope);
    }

    Device device(NodeId phone, Scope scope) {
        long connection = connections.incrementAndGet();
        var device = new Device(peers, system.ignoreRef(), phone, connection);
        var hello =
                new SyncMessage.Hello(
                        SyncSession.VERSION,
                        phone,
                        0,
                        7,
                        1,
                        1,
                        0,
                        0,
                        0,
                        0,
                        Bytes.EMPTY,
                        Bytes.EMPTY);
        var token = new ContentHash(Bytes.parseHex("01".repeat(32)));
        peers.tell(
                new Peers.Command.Tell(
                        phone,
                        new PeerSync.Command.Connect(
                                connection,
                                device,
                                new Grant.OfToken(token, List.of(scope)),
                                Bytes.EMPTY,
                                Bytes.EMPTY,
                                hello)));
        return device;
    }

    void join(FamilyNode other) {
        Cluster.get(system)
                .manager()
                .tell(Join.create(Cluster.get(other.system).selfMember().address()));
    }

    void accept(DocumentId document, List<SealedChange> changes) {
        var phone = new NodeId(Bytes.parseHex("aa".repeat(32)));
        var batch = new Document.Batch(1, List.of(changes.getLast().hash()), List.copyOf(changes));
        List<Input.Taken> taken =
                AskPattern.<Documents.Command, List<Input.Taken>>askWithStatus(
                                documents,
                                to ->
                                        new Documents.Command.Tell(
                                                document,
                                                new Document.Command.Accept(
                                                        List.of(batch),
                                                        Lane.NEW,
                                                        Entry.DEVICE,
                                                        phone,
                                                        Ruling.first(Reach.LOCAL, phone),
                                                        to)),
                                PATIENCE,
                                system.scheduler())
                        .toCompletableFuture()
                        .join();
        if (taken.getFirst().durable().isEmpty()) {
            throw new IllegalStateException("not taken: " + taken);
        }
    }

    /// What the replica at a node answers to this node.
    DocumentReplica.Answer ask(
            NodeId at,
            DocumentId document,
            Function<ActorRef<DocumentReplica.Answer>, DocumentReplica.Question> question) {
        EntityRef<DocumentReplica.Question> replica =
                ClusterSharding.get(system)
                        .entityRefFor(DocumentReplica.typeKey(at), document.toString());
        return replica.<DocumentReplica.Answer>ask(question::apply, PATIENCE)
                .toCompletableFuture()
                .join();
    }

    PeerReplica.Answer askPeer(NodeId at, String peer) {
        return ClusterSharding.get(system)
                .entityRefFor(PeerReplica.typeKey(at), peer)
                .<PeerReplica.Answer>ask(PeerReplica.Question.Describe::new, PATIENCE)
                .toCompletableFuture()
                .join();
    }

    NodeReplica.Answer askRecord(NodeId at) {
        return ClusterSharding.get(system)
                .entityRefFor(NodeReplica.typeKey(at), at.toString())
                .<NodeReplica.Answer>ask(NodeReplica.Question.Get::new, PATIENCE)
                .toCompletableFuture()
                .join();
    }

    /// Without a word to the others.
    void die() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        die();
    }
}
