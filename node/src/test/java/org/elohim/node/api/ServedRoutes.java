package org.elohim.node.api;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.Route;
import akka.pattern.StatusReply;
import akka.persistence.testkit.PersistenceTestKitPlugin;
import akka.stream.SystemMaterializer;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyView;
import org.elohim.cluster.family.Removal;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.ledger.LedgerKeeper;
import org.elohim.cluster.push.PushClients;
import org.elohim.cluster.replica.DocumentReplica;
import org.elohim.cluster.replica.ReadThrough;
import org.elohim.cluster.repo.RepoClients;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.token.Tokens;
import org.elohim.node.blob.BlobMemory;
import org.elohim.node.blob.Blobs;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.family.Leaving;
import org.elohim.node.replication.FamilyBlobs;
import org.elohim.node.sync.PushSocket;
import org.elohim.node.sync.RepoSocket;
import org.elohim.node.sync.SyncLines;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.NodeRole;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/// The routes of a node without a socket: request in, response out.
abstract class ServedRoutes {
    @TempDir Path directory;
    static final FamilyView ALONE = new FamilyView(FamilyView.Status.ALONE, 1, 0);
    static final FamilyView DEGRADED = new FamilyView(FamilyView.Status.DEGRADED, 2, 1);

    @SuppressWarnings("NullAway.Init") // set before the first test
    static ActorTestKit actors;

    static final NodeId NODE = new NodeId(Bytes.parseHex("bb".repeat(32)));
    static final NodeId DEVICE = new NodeId(Bytes.parseHex("cc".repeat(32)));
    static final String OPERATOR = "the operator's own token";
    static final JsonMapper JSON = new JsonMapper();
    static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);

    static final long BLOBS_CAPACITY_BYTES = 512L << 20;

    private final AtomicReference<Optional<Blobs>> blobs = new AtomicReference<>(Optional.empty());
    final Map<Reach, ReachTotals.Total> reaches = new ConcurrentHashMap<>();
    final AtomicReference<Optional<FamilyBlobs.Where>> where =
            new AtomicReference<>(Optional.empty());
    final Health health = new Health(() -> true);
    final List<String> restarts = new ArrayList<>();
    final Intake intake = Intake.open();
    final FakeContents contents = new FakeContents();
    final List<String> removed = new CopyOnWriteArrayList<>();
    final AtomicReference<Changes> changes = new AtomicReference<>(Changes.taken());
    final List<Address> places = new CopyOnWriteArrayList<>();
    final AtomicReference<Removal> removal = new AtomicReference<>(Removal.DONE);
    final AtomicReference<Function<DocumentId, Optional<DocumentReplica.Answer.Held>>> elsewhere =
            new AtomicReference<>(_ -> Optional.empty());
    final AtomicReference<List<NodeId>> unheard = new AtomicReference<>(List.of());
    final TokenRoutes tokens =
            new TokenRoutes(
                    actors.spawn(
                            Tokens.create(
                                    new NodeId(Bytes.parseHex("aa".repeat(32))),
                                    InstantSource.system(),
                                    () -> true)),
                    intake,
                    actors.system().scheduler());
    final AtomicReference<Instant> clock =
            new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
    final AtomicReference<FamilyView> family = new AtomicReference<>(ALONE);

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create(PersistenceTestKitPlugin.getInstance().config());
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    String issued(String scope) throws Exception {
        HttpResponse made = as(OPERATOR, issue("{\"label\":\"x\",\"scopes\":[\"" + scope + "\"]}"));
        return JSON.readTree(body(made)).path("token").asText();
    }

    static HttpRequest issue(String body) {
        return HttpRequest.POST("/tokens").withEntity(ContentTypes.APPLICATION_JSON, body);
    }

    HttpResponse as(String token, HttpRequest request) throws Exception {
        return answer(request.addHeader(RawHeader.create("Authorization", "Bearer " + token)));
    }

    Route routes(Supplier<FamilyView> seen) {
        var counters = new SyncCounters();
        ActorRef<Peers.Command> nobody = actors.<Peers.Command>createTestProbe().getRef();
        var devices =
                new DeviceRoutes(
                        new SyncSocket(
                                new SyncLines(
                                        NodeKey.generate(),
                                        actors.system(),
                                        nobody,
                                        counters,
                                        List.of(),
                                        (_, _) -> {}),
                                actors.system()),
                        new DocumentIndex(),
                        counters,
                        intake,
                        false);
        var documents =
                new DocumentRoutes(
                        actors.spawn(
                                Documents.create(
                                        CostLimits.DEFAULT,
                                        clock::get,
                                        Documents.AWAKE_MAX,
                                        () -> true,
                                        _ -> {})),
                        id ->
                                CompletableFuture.completedFuture(
                                        new ReadThrough.Found(
                                                elsewhere.get().apply(id), unheard.get())),
                        intake,
                        actors.system().scheduler());
        var contents =
                new ContentRoutes(
                        this.contents,
                        intake,
                        SystemMaterializer.get(actors.system()).materializer());
        return Routes.of(
                health,
                new NodeRoutes(
                        new NodeRoutes.Facts(
                                NodeKey.generate().id(),
                                "1.2.3",
                                Path.of("."),
                                health,
                                () -> 1_500,
                                () -> 2)),
                new BlobRoutes(
                        blobs(),
                        intake,
                        (_, _) ->
                                CompletableFuture.completedFuture(
                                        new BlobReplicator.Reached(
                                                Stage.ACCEPTED, "there is nobody else")),
                        SystemMaterializer.get(actors.system()).materializer()),
                new StorageRoutes(
                        blobs(),
                        () -> CompletableFuture.completedFuture(Map.of("holders", 1)),
                        () -> CompletableFuture.completedFuture(reaches)),
                new BlobCopyRoutes(_ -> CompletableFuture.completedFuture(where.get())),
                seen,
                tokens,
                devices,
                new ClientRoutes(
                        new RepoSocket(
                                actors.system(),
                                actors.<RepoClients.Command>createTestProbe().getRef(),
                                counters),
                        new PushSocket(
                                actors.system(),
                                actors.<PushClients.Command>createTestProbe().getRef()),
                        intake,
                        counters,
                        1,
                        false),
                contents,
                documents,
                new SiblingRoutes(
                        Optional.empty(),
                        new SiblingRoutes.Sight(
                                NodeKey.generate().id(),
                                NodeRole.FULL,
                                false,
                                new DocumentIndex(),
                                new Copies(1, () -> 0),
                                _ ->
                                        CompletableFuture.completedFuture(
                                                new JournalReader.Backlog(0, 0)),
                                nobody,
                                () -> 0),
                        List::of,
                        actors.system().scheduler()),
                familyKeys(),
                new RestartRoutes((why, _) -> restarts.add(why)),
                new RegistrationRoutes(
                        actors.spawn(Behaviors.receiveMessage(ServedRoutes::devices)),
                        actors.system().scheduler()),
                new MemberRoutes(
                        actors.<Family.Command>createTestProbe().getRef(),
                        actors.system().scheduler(),
                        () -> 0),
                new RemovalRoutes(
                        actors.spawn(Behaviors.receiveMessage(this::remove)),
                        Optional.empty(),
                        actors.system().scheduler()),
                new LeaveRoutes(
                        actors.spawn(Behaviors.receiveMessage(this::leave)),
                        actors.system().scheduler()),
                changes.get(),
                new Bearers(OPERATOR, tokens::find));
    }

    Behavior<Leaving.Command> leave(Leaving.Command command) {
        var waits =
                new Leaving.Told(
                        Leaving.Stage.WAITING, 2, List.of(NodeKey.generate().id()), List.of("x"));
        switch (command) {
            case Leaving.Command.Order(var replyTo) -> replyTo.tell(StatusReply.success(waits));
            case Leaving.Command.CallOff(var replyTo) ->
                    replyTo.tell(StatusReply.error("It has left."));
            case Leaving.Command.Tell(var replyTo) -> replyTo.tell(waits);
            case Leaving.Command.Look _,
                    Leaving.Command.Stands _,
                    Leaving.Command.Settled _,
                    Leaving.Command.Forgotten _,
                    Leaving.Command.Decided _ ->
                    throw new AssertionError(command.toString());
        }
        return Behaviors.same();
    }

    Behavior<Family.Command> remove(Family.Command command) {
        if (command instanceof Family.Command.Remove(var gone, boolean evenAlive, var replyTo)) {
            removed.add(gone + (evenAlive ? " even alive" : ""));
            replyTo.tell(removal.get());
        }
        return Behaviors.same();
    }

    static Behavior<LedgerKeeper.Command> devices(LedgerKeeper.Command command) {
        if (command instanceof LedgerKeeper.Command.Tell(var replyTo)) {
            replyTo.tell(
                    new LedgerKeeper.All(
                            List.of(
                                    new Ledger.Device(
                                            DEVICE,
                                            Optional.empty(),
                                            "phone",
                                            Optional.of(NODE),
                                            Optional.of(
                                                    new Ledger.Registration(
                                                            new Term(7, NODE), 0)))),
                            Map.of(DEVICE, Instant.EPOCH),
                            2,
                            0));
        }
        return Behaviors.same();
    }

    Blobs blobs() {
        return blobs.updateAndGet(open -> open.or(this::openBlobs)).orElseThrow();
    }

    private Optional<Blobs> openBlobs() {
        try {
            return Optional.of(
                    Blobs.open(
                            directory,
                            BLOBS_CAPACITY_BYTES,
                            new BlobMemory(8 << 20, 64 << 20, 64 << 20),
                            InstantSource.system()));
        } catch (StartFailure failed) {
            throw new IllegalStateException(failed);
        }
    }

    @AfterEach
    void closeBlobs() throws IOException {
        if (blobs.get().isPresent()) {
            blobs.get().get().close();
        }
    }

    FamilyKeyRoutes familyKeys() {
        try {
            return new FamilyKeyRoutes(
                    FamilyKeys.open(directory, clock::get, Optional.empty(), ""),
                    () -> List.of(new Address("192.168.1.7", 4002)),
                    Optional.empty(),
                    Optional.of(places::addAll),
                    (why, _) -> restarts.add(why));
        } catch (StartFailure failed) {
            throw new IllegalStateException(failed);
        }
    }

    HttpResponse get(String path) throws Exception {
        return answer(HttpRequest.GET(path));
    }

    HttpResponse answer(HttpRequest request) throws Exception {
        return routes(family::get)
                .function(actors.system())
                .apply(request)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    static String body(HttpResponse response) throws Exception {
        return response.entity()
                .toStrict(10_000, actors.system())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .getData()
                .utf8String();
    }
}
