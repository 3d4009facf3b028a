package org.elohim.node;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.stream.SystemMaterializer;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.document.HeldBytes;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.ledger.LedgerKeeper;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.replica.DocumentReplica;
import org.elohim.cluster.replica.ReadThrough;
import org.elohim.cluster.replica.Replicas;
import org.elohim.cluster.repo.RepoClients;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.ReadModel;
import org.elohim.cluster.sync.Signatures;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncHub;
import org.elohim.cluster.token.Tokens;
import org.elohim.node.api.Changes;
import org.elohim.node.api.ClientRoutes;
import org.elohim.node.api.ContentRoutes;
import org.elohim.node.api.DeviceRoutes;
import org.elohim.node.api.DocumentRoutes;
import org.elohim.node.api.SiblingRoutes;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.Leaving;
import org.elohim.node.family.Siblings;
import org.elohim.node.materialiser.Materialiser;
import org.elohim.node.materialiser.SharedViews;
import org.elohim.node.materialiser.StoredChanges;
import org.elohim.node.restart.Restart;
import org.elohim.node.sync.SyncLines;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.automerge.StorageId;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/// What syncs documents, put together.
///
/// Invariants: the index knows the whole journal before anything new is written to it.
final class SyncParts {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(3);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    // Set by the launcher: the class path of the process that reads documents.
    private static final String ENGINE_PATH = "elohim.engine.path";
    private static final String LEDGER_UNREADABLE =
            "the family's ledger cannot be read here, so the others may not have heard of tokens"
                    + " that this node has revoked; restore the data directory from a backup and"
                    + " start the node again, or switch it off and have another node remove it"
                    + " (./elohim family remove)";

    private final ActorSystem<?> system;
    private final ActorRef<Peers.Command> peers;
    private final ReadModel views;
    private final ActorRef<LedgerKeeper.Command> ledger;
    private final SyncCounters counters;
    private final Copies copies;
    private final DocumentIndex index = new DocumentIndex();
    private final Role role;
    private final Intake intake;
    private final SyncHub hub;
    private final SyncLines lines;
    private final SyncSocket socket;
    private final DeviceRoutes devices;
    private final ClientParts clients;
    private final DocumentRoutes documents;
    private final Materialiser materialiser;
    private final ContentRoutes contents;
    private final DocumentReplica.Source replicas;
    private final AtomicReference<Optional<ReadThrough>> siblings =
            new AtomicReference<>(Optional.empty());

    /// @param intake whether edits are taken
    SyncParts(
            ActorSystem<?> system,
            NodeKey key,
            ActorRef<Tokens.Command> tokens,
            Path directory,
            NodeConfig.Sync config,
            Role role,
            Intake intake)
            throws StartFailure {
        this.system = system;
        this.role = role;
        this.intake = intake;
        copies = new Copies(config.durableNodes(), SyncParts::monotonicMillis);
        LocalJournal journal = LocalJournal.get(system);
        try {
            views = ReadModel.open(directory, journal.reader(), index);
        } catch (IOException | SQLException failed) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "%s cannot be written: %s. Free space or check its owner; it may also be deleted, it is made anew."
                            .formatted(directory.resolve(ReadModel.FILE_NAME), failed),
                    failed);
        }
        hub = new SyncHub(index, journal.reader().lastStreamed().toCompletableFuture().join());
        HeapShares shares = HeapShares.ofThisProcess();
        var bytes = new ChangeBytes(journal.reader(), shares.changeBytes());
        journal.onCommit(
                batch -> {
                    bytes.committed(batch);
                    hub.committed(batch);
                    views.committed();
                });
        ActorRef<Documents.Command> documents =
                system.systemActorOf(
                        Documents.create(
                                CostLimits.allowing(config.maxDocumentSize().bytes()),
                                InstantSource.system(),
                                Documents.AWAKE_MAX,
                                journal::takesWrites,
                                index::unreadable),
                        "documents",
                        Props.empty());
        replicas = new DocumentReplica.Source(key.id(), documents, index, bytes);
        counters = new SyncCounters();
        var random = new SecureRandom();
        peers =
                system.systemActorOf(
                        Peers.create(
                                new Peers.Node(
                                        key.id(),
                                        documents,
                                        index,
                                        hub,
                                        journal.reader(),
                                        bytes,
                                        counters,
                                        new Signatures(),
                                        copies,
                                        this::obtain,
                                        intake,
                                        config.syncIntervalMillis(),
                                        role.part(),
                                        role.takesEdits(),
                                        InstantSource.system(),
                                        SyncParts::monotonicMillis,
                                        random::nextLong)),
                        "peers",
                        Props.empty());
        this.documents =
                new DocumentRoutes(documents, this::atSiblings, intake, system.scheduler());
        ledger =
                system.systemActorOf(
                        LedgerKeeper.create(
                                key, tokens, documents, journal.reader(), InstantSource.system()),
                        "ledger",
                        Props.empty());
        journal.onCommit(LedgerKeeper.hearing(ledger));
        lines = new SyncLines(key, system, peers, counters, role.part(), this::met);
        socket = new SyncSocket(lines, system);
        devices = new DeviceRoutes(socket, index, counters, intake, !role.takesEdits());
        materialiser =
                new Materialiser(
                        new Materialiser.Parts(
                                key.id(),
                                new StoredChanges(documents, bytes, index, system.scheduler()),
                                index,
                                this::obtain,
                                directory,
                                Optional.ofNullable(System.getProperty(ENGINE_PATH)),
                                config.maxDocumentSize().bytes(),
                                random,
                                InstantSource.system(),
                                SyncParts::monotonicMillis));
        contents =
                new ContentRoutes(
                        materialiser, intake, SystemMaterializer.get(system).materializer());
        var onlookers = new Onlookers();
        journal.onCommit(onlookers::committed);
        clients =
                new ClientParts(
                        system,
                        new RepoClients.Node(
                                key.id(),
                                StorageId.of(key.id()),
                                documents,
                                index,
                                onlookers,
                                bytes,
                                new HeldBytes(shares.conversationBytes()),
                                counters,
                                this::obtain,
                                intake,
                                InstantSource.system(),
                                SyncParts::monotonicMillis),
                        journal.reader(),
                        new SharedViews(materialiser),
                        config.clientsPerAddress(),
                        !role.takesEdits());
    }

    private static long monotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /// This node is none of the family any more.
    void forget(NodeId sibling) {
        peers.tell(new Peers.Command.Tell(sibling, new PeerSync.Command.Forget()));
    }

    /// While no edits are taken: ends the sessions of devices, and tells up to where all that was
    /// acknowledged to them, or to a person, lies; nothing where that cannot be told yet.
    CompletionStage<Leaving.Settlement> settle(String why) {
        CompletionStage<Peers.Closed> ended =
                AskPattern.ask(
                        peers,
                        done -> new Peers.Command.EndDevices(why, done),
                        CLOSE_WITHIN,
                        system.scheduler());
        CompletionStage<?> endedAll = ended.thenCombine(clients.close(why), (_, last) -> last);
        // Whoever was told that a token is revoked counts on all nodes hearing of it.
        CompletionStage<LedgerKeeper.ToldAll> told =
                endedAll.thenCompose(
                        _ ->
                                AskPattern.ask(
                                        ledger,
                                        LedgerKeeper.Command.HasToldAll::new,
                                        ANSWER_WITHIN,
                                        system.scheduler()));
        return told.thenApply(
                all ->
                        switch (all) {
                            case NEVER -> Leaving.Settlement.hindered(LEDGER_UNREADABLE);
                            case NOT_YET -> Leaving.Settlement.notYet();
                            case YES ->
                                    intake.isStill()
                                            ? Leaving.Settlement.through(hub.streamed())
                                            : Leaving.Settlement.notYet();
                        });
    }

    Intake intake() {
        return intake;
    }

    Copies copies() {
        return copies;
    }

    /// Whether devices may change anything here.
    boolean takesEdits() {
        return role.takesEdits();
    }

    boolean isObserver() {
        return !role.part().isEmpty();
    }

    /// What the family's other nodes hold of what lies here, and all that is told of it.
    SiblingRoutes.Sight sight(NodeId self) {
        return new SiblingRoutes.Sight(
                self,
                role.wanted(),
                role.handsOver(),
                index,
                copies,
                LocalJournal.get(system).reader()::backlog,
                peers,
                SyncParts::monotonicMillis);
    }

    private CompletionStage<ReadThrough.Found> atSiblings(DocumentId id) {
        return siblings.get()
                .map(reached -> reached.find(id))
                .orElseGet(() -> CompletableFuture.completedFuture(ReadThrough.Found.NOWHERE));
    }

    private CompletionStage<Done> obtain(DocumentId id, Predicate<Reach> mayRead) {
        return siblings.get()
                .<Elsewhere>map(reached -> reached)
                .orElse(Elsewhere.NOWHERE)
                .obtain(id, mayRead);
    }

    /// Lets the family's other nodes reach what is here, and this one what is there. Nothing waits
    /// for that.
    void reachSiblings(ActorRef<RegisteredNode.Command> record) {
        var others = Replicas.start(system, replicas, peers, record);
        siblings.set(
                Optional.of(
                        new ReadThrough(
                                system,
                                others,
                                replicas,
                                role.part(),
                                counters,
                                SyncParts::monotonicMillis)));
    }

    private void met(NodeId peer, Grant grant) {
        ledger.tell(
                switch (grant) {
                    case Grant.OfToken(var token, var _) ->
                            new LedgerKeeper.Command.MetDevice(peer, token);
                    case Grant.OfFamily _, Grant.OfObserver _, Grant.OfSource _ ->
                            new LedgerKeeper.Command.MetNode(peer);
                });
    }

    /// What all nodes of the family know beside documents.
    ActorRef<LedgerKeeper.Command> ledger() {
        return ledger;
    }

    /// Begins to look for the end of being a full node, where this one hands over.
    void watchRole(Restart restart) {
        role.watch(system, copies, restart);
    }

    /// Where changes are taken that this node may not take.
    Changes changes(Optional<ActorRef<Siblings.Command>> siblings) {
        return role.takesEdits()
                ? Changes.taken()
                : Changes.takenBy(() -> FullNodes.known(system, copies, siblings));
    }

    SyncCounters counters() {
        return counters;
    }

    /// What devices connect to, whatever carries them.
    SyncLines lines() {
        return lines;
    }

    SyncSocket socket() {
        return socket;
    }

    DeviceRoutes devices() {
        return devices;
    }

    ClientRoutes clients() {
        return clients.routes();
    }

    Materialiser materialiser() {
        return materialiser;
    }

    ContentRoutes contents() {
        return contents;
    }

    DocumentRoutes documents() {
        return documents;
    }

    /// Ends the sessions, with their positions written down. To be called before the journal is
    /// closed, which all this uses.
    ///
    /// @param why for those whose sessions end
    void close(String why) throws SQLException, InterruptedException {
        materialiser.close();
        CompletionStage<Peers.Closed> closed =
                AskPattern.ask(
                        peers,
                        done -> new Peers.Command.CloseAll(why, done),
                        CLOSE_WITHIN,
                        system.scheduler());
        // Where that takes too long, the last positions are lost: they cost duplicates.
        closed.thenCombine(clients.close(why), (_, last) -> last)
                .handle((_, _) -> true)
                .toCompletableFuture()
                .join();
        views.close();
    }
}
