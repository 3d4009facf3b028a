package org.elohim.cluster.replica;

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
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// The documents of one node of a family on a journal of their own, in a cluster.
final class FamilyNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final NodeId id;
    final ActorSystem<Void> system;
    final ReadThrough others;
    private final ActorRef<Documents.Command> documents;

    FamilyNode(Path directory) {
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
                                                        Roles.of(id, Part.FULL))))
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
        journal.onCommit(batch -> batch.forEach(index::apply));
        documents =
                system.systemActorOf(
                        Documents.create(
                                CostLimits.DEFAULT,
                                InstantSource.system(),
                                Documents.AWAKE_MAX,
                                index::unreadable),
                        "documents",
                        Props.empty());
        ActorRef<RegisteredNode.Command> record =
                system.systemActorOf(
                        RegisteredNode.create(id, InstantSource.system()),
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
        others =
                new ReadThrough(
                        system,
                        Replicas.start(
                                system,
                                new DocumentReplica.Source(
                                        id,
                                        documents,
                                        index,
                                        new ChangeBytes(journal.reader(), 1 << 20)),
                                record),
                        () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
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
                AskPattern.<Documents.Command, List<Input.Taken>>ask(
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
