package org.elohim.node;

import akka.Done;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.server.Route;

import com.typesafe.config.Config;

import org.elohim.cluster.family.Duties;
import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyLines;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.cluster.family.FamilyView;
import org.elohim.cluster.ledger.LedgerKeeper;
import org.elohim.cluster.ledger.Lives;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.node.api.LeaveRoutes;
import org.elohim.node.api.MemberRoutes;
import org.elohim.node.api.RemovalRoutes;
import org.elohim.node.blob.Blobs;
import org.elohim.node.config.ByteSize;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.Doorkeeper;
import org.elohim.node.family.FamilyDoor;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.family.Leaving;
import org.elohim.node.family.MemberLines;
import org.elohim.node.family.OwnAddress;
import org.elohim.node.family.OwnAddressWatch;
import org.elohim.node.family.Siblings;
import org.elohim.node.family.TermFile;
import org.elohim.node.replication.Replication;
import org.elohim.node.restart.Restart;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// This node as one of its family, put together: the lines to the others, the actor that knows who
/// they are, the door.
///
/// Invariants: without a family key there are neither lines nor a door, and the node leads a family
/// of one.
final class FamilyParts {
    // One write of the journal, and the comparison before it.
    private static final Duration WRITE_WITHIN = Duration.ofSeconds(8);

    private final NodeConfig.Cluster config;
    private final NodeConfig.Storage storage;
    private final NodeKey key;
    private final FamilyKeys keys;
    private final Path directory;
    private final Part part;
    private final TermFile termFile;
    private final Optional<Term> highest;
    private final Optional<FamilyTls> tls;
    private final Optional<FamilyLines> lines;

    FamilyParts(NodeConfig config, NodeKey key, FamilyKeys keys, Path directory)
            throws StartFailure {
        this.config = config.cluster();
        this.storage = config.storage();
        this.part =
                switch (config.node().role()) {
                    case FULL -> Part.FULL;
                    case OBSERVER -> Part.OBSERVER;
                };
        this.key = key;
        this.directory = directory;
        this.termFile = new TermFile(directory);
        this.highest = termFile.read();
        this.keys = keys;
        this.tls = keys.tls(key);
        this.lines = tls.map(FamilyLines::new);
    }

    /// How the actor system is to be set up.
    ///
    /// @param settings all that have nothing to do with the family
    ActorSystemSetup setup(Config settings) {
        return MemberLines.setup(settings, config, key.id(), part, lines);
    }

    /// What runs in an actor system.
    final class Running {
        private final ActorSystem<?> system;
        private final Restart restart;
        private final ActorRef<Family.Command> family;

        Running(ActorSystem<?> system, Restart restart) {
            this.system = system;
            this.restart = restart;
            this.family =
                    system.systemActorOf(
                            Family.create(
                                    new Family.Node(
                                            key.id(),
                                            part,
                                            highest,
                                            termFile,
                                            restart::restart,
                                            lines,
                                            config.lostAfterMillis(),
                                            FamilyParts::nowMillis)),
                            Family.NAME,
                            Props.empty());
        }

        /// Begins to open the door, where there is one.
        ///
        /// @param blobs what is served of blobs there
        Optional<CompletionStage<FamilyDoor.Open>> openDoor(
                SyncSocket socket,
                Doorkeeper doorkeeper,
                SyncCounters counters,
                Route blobs,
                int port) {
            return tls.map(
                    each ->
                            opened(
                                    new FamilyDoor(
                                            system,
                                            key,
                                            each,
                                            keys,
                                            doorkeeper,
                                            socket,
                                            directory,
                                            family),
                                    counters,
                                    blobs,
                                    port));
        }

        private CompletionStage<FamilyDoor.Open> opened(
                FamilyDoor door, SyncCounters counters, Route blobs, int port) {
            String listen = config.listen().toString();
            OwnAddressWatch.begin(system, config, MemberLines.address(system), restart);
            return door.open(listen, port, config.addresses(), blobs)
                    .thenApply(
                            open -> {
                                if (config.mdnsEnabled()) {
                                    door.announce(open, listen, counters);
                                }
                                return open;
                            });
        }

        /// Where others of the family were met is forgotten with them, and what they hold; and the
        /// family's ledger tells all, whoever is switched off now.
        RemovalRoutes removal(Optional<FamilyDoor.Open> door, SyncParts sync) {
            // Each before the ledger can tell of anybody: what is heard before is not told again.
            family.tell(new Family.Command.OnRemoved(sync::forget));
            door.ifPresent(
                    open ->
                            family.tell(
                                    new Family.Command.OnRemoved(
                                            gone ->
                                                    open.siblings()
                                                            .tell(
                                                                    new Siblings.Command.Forget(
                                                                            gone)))));
            family.tell(
                    new Family.Command.WriteDownIn(
                            gone ->
                                    AskPattern.<LedgerKeeper.Command, Done>ask(
                                            sync.ledger(),
                                            replyTo -> new LedgerKeeper.Command.Part(gone, replyTo),
                                            WRITE_WITHIN,
                                            system.scheduler())));
            sync.ledger()
                    .tell(
                            new LedgerKeeper.Command.OnGone(
                                    new Lives() {
                                        @Override
                                        public void gone(NodeId node) {
                                            family.tell(new Family.Command.Forget(node.toString()));
                                        }

                                        @Override
                                        public void back(NodeId node) {
                                            family.tell(new Family.Command.Back(node));
                                        }
                                    }));
            return new RemovalRoutes(
                    family, door.map(FamilyDoor.Open::siblings), system.scheduler());
        }

        /// What leaves the family when it is told to.
        LeaveRoutes leave(Optional<FamilyDoor.Open> door, SyncParts sync, Restart restart) {
            var node =
                    new Leaving.Node(
                            keys,
                            sync.copies(),
                            sync.isObserver(),
                            sync.intake(),
                            family,
                            door.map(FamilyDoor.Open::rest).orElse(_ -> {}),
                            () -> sync.settle(Leaving.LEAVES),
                            restart,
                            FamilyParts::nowMillis);
            return new LeaveRoutes(
                    system.systemActorOf(Leaving.create(node), "leaving", Props.empty()),
                    system.scheduler());
        }

        /// Joins the family's cluster, or begins one.
        ///
        /// @param joinFirst the door of the node whose cluster is to be joined before any other
        void join(Optional<FamilyDoor.Open> door, Optional<Address> joinFirst) {
            family.tell(new Family.Command.Begin(door.map(this::at), joinFirst));
        }

        private Family.Door at(FamilyDoor.Open open) {
            return new Family.Door(
                    new Address(OwnAddress.of(config).toString(), open.door().getPort()),
                    open.asked(),
                    other -> open.siblings().tell(new Siblings.Command.MayBeAt(other)));
        }

        /// As the leader this node registers the family's devices.
        void register(ActorRef<LedgerKeeper.Command> ledger) {
            family.tell(
                    new Family.Command.TakeOn(
                            new Duties() {
                                @Override
                                public void begin(Term term) {
                                    ledger.tell(new LedgerKeeper.Command.Act(Optional.of(term)));
                                }

                                @Override
                                public void end() {
                                    ledger.tell(new LedgerKeeper.Command.Act(Optional.empty()));
                                }
                            }));
        }

        /// The copies of blobs in the family.
        Replication replication(Blobs blobs) {
            return new Replication(
                    new Replication.Parts(
                            system,
                            key.id(),
                            blobs.store(),
                            directory,
                            blobs.disk(),
                            storage.failureDomain().orElseGet(() -> FailureDomain.of(key.id())),
                            storage.sendRate().map(ByteSize::bytes).orElse(0L),
                            tls,
                            family,
                            InstantSource.system()));
        }

        FamilyView view() {
            return FamilyView.of(system, key.id());
        }

        MemberRoutes routes() {
            return new MemberRoutes(family, system.scheduler(), FamilyParts::nowMillis);
        }
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
