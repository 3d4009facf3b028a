package org.elohim.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import akka.japi.function.Function;
import akka.pattern.StatusReply;
import akka.remote.RemoteTransportException;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;

import org.elohim.cluster.journal.JournalSettings;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.registry.Capacity;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.token.Tokens;
import org.elohim.node.api.Bearers;
import org.elohim.node.api.BlobCopyRoutes;
import org.elohim.node.api.BlobRoutes;
import org.elohim.node.api.CopiesText;
import org.elohim.node.api.FamilyKeyRoutes;
import org.elohim.node.api.HeadRequests;
import org.elohim.node.api.Health;
import org.elohim.node.api.NodeRoutes;
import org.elohim.node.api.RegistrationRoutes;
import org.elohim.node.api.RestartRoutes;
import org.elohim.node.api.Routes;
import org.elohim.node.api.SiblingRoutes;
import org.elohim.node.api.StorageRoutes;
import org.elohim.node.api.TokenRoutes;
import org.elohim.node.blob.BlobCopies;
import org.elohim.node.blob.BlobElsewhere;
import org.elohim.node.blob.Blobs;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.data.DataDirectory;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.DoorAddresses;
import org.elohim.node.family.Doorkeeper;
import org.elohim.node.family.FamilyDoor;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.family.Leaving;
import org.elohim.node.grpc.GrpcApi;
import org.elohim.node.host.Host;
import org.elohim.node.replication.Replication;
import org.elohim.node.restart.Generation;
import org.elohim.node.restart.Places;
import org.elohim.node.restart.Restart;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// The actor system of a node with everything that lives and dies with it: the journal's plugin,
/// the cluster membership, the HTTP server.
///
/// Invariants: ready is said only after the journal has acknowledged this node's own record, and
/// never waits for another node.
final class Actors implements Generation {
    // An answer that takes longer will not come: binding is a matter of one system call.
    private static final Duration BIND_TIMEOUT = Duration.ofSeconds(10);
    // Replaying one page of events and writing two, on a slow disk too.
    private static final Duration REGISTRATION_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration OPEN_REQUESTS_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration UNBIND_TIMEOUT = Duration.ofSeconds(1);

    private final NodeConfig config;
    private final NodeId self;
    private final Path directory;
    private final Health health;
    private final String operatorToken;
    private final Blobs blobs;
    private final ActorSystem<Void> system;
    private final ActorRef<RegisteredNode.Command> registration;
    private final ActorRef<Tokens.Command> tokens;
    private final SyncParts sync;
    private final FamilyParts.Running family;
    private final Replication replication;
    private final FamilyKeys familyKeys;
    private final Doorkeeper doorkeeper;
    private final Restart restart;
    private final Optional<Places> before;
    private final Optional<Address> joinFirst;
    private final List<ServerBinding> bindings = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Done> ending = new CompletableFuture<>();

    /// @param before where the node has served until now, where it only begins again
    /// @param joinFirst the door of the node whose cluster is to be joined before any other
    Actors(
            NodeConfig config,
            NodeKey key,
            FamilyKeys familyKeys,
            Path directory,
            String operatorToken,
            Blobs blobs,
            Restart restart,
            Optional<Places> before,
            Optional<Address> joinFirst)
            throws StartFailure {
        this.config = config;
        this.self = key.id();
        this.familyKeys = familyKeys;
        this.restart = restart;
        this.before = before;
        this.joinFirst = joinFirst;
        this.directory = directory;
        this.operatorToken = operatorToken;
        this.blobs = blobs;
        HttpClasses.load();
        Config settings =
                JournalSettings.of(directory)
                        .withFallback(ConfigFactory.parseResources("elohim-akka.conf"))
                        .withValue(
                                "akka.http.server.max-connections",
                                ConfigValueFactory.fromAnyRef(
                                        HeapShares.ofThisProcess().connections()));
        var familyParts = new FamilyParts(config, key, familyKeys, directory);
        system = system(familyParts.setup(settings));
        CoordinatedShutdown.get(system)
                .addTask(
                        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
                        "tell that it ends",
                        () -> {
                            ending.complete(Done.done());
                            return ending;
                        });
        BooleanSupplier takesWrites = LocalJournal.get(system)::takesWrites;
        health = new Health(takesWrites);
        NodeId node = key.id();
        tokens =
                system.systemActorOf(
                        Tokens.create(node, InstantSource.system(), takesWrites),
                        "tokens",
                        Props.empty());
        try {
            sync =
                    new SyncParts(
                            system,
                            key,
                            tokens,
                            directory,
                            config.sync(),
                            new Role(
                                    config,
                                    directory,
                                    LocalJournal.get(system)
                                            .reader()
                                            .lastStreamed()
                                            .toCompletableFuture()
                                            .join()),
                            intake(familyKeys.stay()));
        } catch (StartFailure failed) {
            system.terminate();
            throw failed;
        }
        registration =
                system.systemActorOf(
                        RegisteredNode.create(node, InstantSource.system(), takesWrites),
                        "registration",
                        Props.empty());
        doorkeeper = new Doorkeeper(sync.counters(), InstantSource.system());
        family = familyParts.new Running(system, restart);
        family.register(sync.ledger());
        replication = family.replication(blobs);
        blobs.keeper().tell(replication.blobs());
    }

    /// Edits that would be lost with this node are not taken.
    private static Intake intake(FamilyKeys.Stay stay) {
        return switch (stay) {
            case STAYS -> Intake.open();
            case LEAVES -> Intake.closed(Leaving.LEAVES);
            case HAS_LEFT -> Intake.closed(Leaving.HAS_LEFT);
        };
    }

    private ActorSystem<Void> system(ActorSystemSetup setup) throws StartFailure {
        try {
            return ActorSystem.create(Behaviors.empty(), "elohim", setup);
        } catch (RemoteTransportException failed) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "Cannot listen on %s port %d: %s. Stop the other program, or choose another with cluster.members_port or cluster.listen."
                            .formatted(
                                    config.cluster().listen(),
                                    config.cluster().membersPort(),
                                    rootCause(failed)),
                    failed);
        }
    }

    @Override
    public Places serve() throws StartFailure {
        Optional<FamilyDoor.Open> door = openDoor();
        family.join(door, joinFirst);
        Serving serving = bind(door);
        register();
        if (sync.takesEdits()) {
            // Observers hold no blobs.
            beginBlobs();
            blobs.reads().lookElsewhere(replication.blobs());
        }
        health.become(Health.Readiness.READY);
        if (door.isPresent()) {
            sync.reachSiblings(registration);
            sync.watchRole(restart);
        }
        return new Places(serving.http(), serving.grpc(), door.map(FamilyDoor.Open::door));
    }

    private void beginBlobs() throws StartFailure {
        NodeConfig.Cluster cluster = config.cluster();
        try {
            replication.begin(
                    InetAddress.ofLiteral(cluster.listen().toString()), cluster.blobsPort());
        } catch (IOException taken) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "Cannot listen on %s port %d: %s. Stop the other program, or choose another with cluster.blobs_port or cluster.listen."
                            .formatted(cluster.listen(), cluster.blobsPort(), taken.getMessage()),
                    taken);
        }
    }

    /// Said at the beginning of the end: an actor that a fatal error took in the middle of its work
    /// never stops, so that the end itself may not come.
    @Override
    public CompletionStage<Done> ending() {
        return ending;
    }

    private record Serving(InetSocketAddress http, InetSocketAddress grpc) {}

    private Serving bind(Optional<FamilyDoor.Open> door) throws StartFailure {
        var tokenRoutes = new TokenRoutes(tokens, sync.intake(), system.scheduler());
        var bearers = new Bearers(operatorToken, tokenRoutes::find);
        var facts =
                new NodeRoutes.Facts(
                        self,
                        Version.current(),
                        directory,
                        health,
                        ManagementFactory.getRuntimeMXBean()::getUptime,
                        sync.lines()::devices);
        var grpc =
                new GrpcApi(
                        system,
                        new GrpcApi.Parts(
                                sync.lines(),
                                sync.intake(),
                                !sync.takesEdits(),
                                sync.materialiser(),
                                blobs,
                                facts,
                                family::view,
                                bearers));
        Materializer streams = SystemMaterializer.get(system).materializer();
        Route routes =
                Routes.of(
                        health,
                        new NodeRoutes(facts),
                        new BlobRoutes(blobs, sync.intake(), replication::await, streams),
                        new StorageRoutes(
                                blobs, () -> CopiesText.of(replication), replication::reaches),
                        new BlobCopyRoutes(replication.blobs()::where),
                        family::view,
                        tokenRoutes,
                        sync.devices(),
                        sync.clients(),
                        sync.contents(),
                        sync.documents(),
                        new SiblingRoutes(
                                door.map(FamilyDoor.Open::siblings),
                                sync.sight(self),
                                doorkeeper::strangers,
                                system.scheduler()),
                        new FamilyKeyRoutes(
                                familyKeys,
                                () -> addresses(door),
                                door.map(FamilyDoor.Open::herald),
                                door.map(open -> open::mayBeAt),
                                restart),
                        new RestartRoutes(restart),
                        new RegistrationRoutes(sync.ledger(), system.scheduler()),
                        family.routes(),
                        family.removal(door, sync),
                        family.leave(door, sync, restart),
                        sync.changes(door.map(FamilyDoor.Open::siblings)),
                        bearers);
        return new Serving(
                listen(
                        before.map(Places::http),
                        config.api().httpPort(),
                        HeadRequests.around(routes.handler(system), streams),
                        false,
                        "--http-port or --listen"),
                listen(
                        before.map(Places::grpc),
                        config.api().grpcPort(),
                        grpc.handler(),
                        true,
                        "--grpc-port or --listen"));
    }

    /// @param until where it has listened until now
    private InetSocketAddress listen(
            Optional<InetSocketAddress> until,
            int configured,
            Function<HttpRequest, CompletionStage<HttpResponse>> handler,
            boolean http2,
            String otherwise)
            throws StartFailure {
        String host = config.api().listen().toString();
        int port = until.map(InetSocketAddress::getPort).orElse(configured);
        CompletionStage<ServerBinding> binding =
                Http.get(system)
                        .newServerAt(host, port)
                        .adaptSettings(settings -> settings.withHttp2Enabled(http2))
                        .bind(handler)
                        .thenApply(this::bound);
        return bound(binding, host, port, otherwise).localAddress();
    }

    private ServerBinding bound(ServerBinding binding) {
        bindings.add(binding);
        return binding.addToCoordinatedShutdown(OPEN_REQUESTS_TIMEOUT, system);
    }

    private List<Address> addresses(Optional<FamilyDoor.Open> door) {
        int port = door.map(open -> open.door().getPort()).orElse(config.cluster().port());
        return DoorAddresses.of(config.cluster(), port);
    }

    /// Without a family key there is no family to look for, and no door.
    private Optional<FamilyDoor.Open> openDoor() throws StartFailure {
        int port =
                before.flatMap(Places::door)
                        .map(InetSocketAddress::getPort)
                        .orElse(config.cluster().port());
        Optional<CompletionStage<FamilyDoor.Open>> opening =
                family.openDoor(
                        sync.socket(), doorkeeper, sync.counters(), replication.atDoor(), port);
        return opening.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        bound(
                                opening.get(),
                                config.cluster().listen().toString(),
                                port,
                                "cluster.port or cluster.listen"));
    }

    private static <T> T bound(CompletionStage<T> binding, String host, int port, String otherwise)
            throws StartFailure {
        try {
            return binding.toCompletableFuture().get(BIND_TIMEOUT.toMillis(), MILLISECONDS);
        } catch (InterruptedException stopped) {
            throw ActorsEnd.interrupted();
        } catch (ExecutionException | TimeoutException failed) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "Cannot listen on %s port %d: %s. Stop the other program, or choose another with %s."
                            .formatted(host, port, rootCause(failed), otherwise),
                    failed);
        }
    }

    private void register() throws StartFailure {
        try {
            String name = config.registry().displayName().orElseGet(() -> Host.name() + "'s Rack");
            Capacity capacity = Host.capacity(directory, config.storage().maxCapacity().bytes());
            AskPattern.askWithStatus(
                            registration,
                            (ActorRef<StatusReply<RegisteredNode.Summary>> replyTo) ->
                                    new RegisteredNode.Command.Register(name, capacity, replyTo),
                            REGISTRATION_TIMEOUT,
                            system.scheduler())
                    .toCompletableFuture()
                    .get();
        } catch (InterruptedException stopped) {
            throw ActorsEnd.interrupted();
        } catch (ExecutionException failed) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "The journal in %s does not take this node's own record: %s. The log in %s tells more."
                            .formatted(directory, rootCause(failed), directory.resolve("logs")),
                    failed);
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory, failed);
        }
    }

    private static String rootCause(Throwable failed) {
        Throwable cause = failed;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        // Akka puts the address in front, which the sentence has named already.
        return message == null
                ? cause.getClass().getSimpleName()
                : message.replaceFirst("^\\[\\S+\\] ", "");
    }

    @Override
    public void closePorts() {
        health.become(Health.Readiness.STOPPING);
        bindings.forEach(
                binding ->
                        // One that is open still is closed with the actors.
                        binding.unbind()
                                .toCompletableFuture()
                                .completeOnTimeout(
                                        Done.done(), UNBIND_TIMEOUT.toMillis(), MILLISECONDS)
                                .join());
    }

    @Override
    public void end(String why) throws StartFailure {
        health.become(Health.Readiness.STOPPING);
        blobs.keeper().tell(BlobCopies.NOBODY);
        blobs.reads().lookElsewhere(BlobElsewhere.NOWHERE);
        replication.close();
        try {
            sync.close(why);
        } catch (InterruptedException impatient) {
            throw ActorsEnd.interrupted();
        } catch (SQLException failed) {
            throw ActorsEnd.notReached(failed.toString());
        }
        ActorsEnd.of(system);
    }
}
