package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyView;
import org.elohim.cluster.family.Removal;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.ledger.LedgerKeeper;
import org.elohim.cluster.replica.DocumentReplica;
import org.elohim.cluster.replica.ReadThrough;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.token.Tokens;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.family.Leaving;
import org.elohim.node.sync.SyncLines;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.NodeRole;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/// The routes without a socket: request in, response out.
class RoutesTest {
    @TempDir Path directory;
    private static final FamilyView ALONE = new FamilyView(FamilyView.Status.ALONE, 1, 0);
    private static final FamilyView DEGRADED = new FamilyView(FamilyView.Status.DEGRADED, 2, 1);

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static ActorTestKit actors;

    private static final NodeId NODE = new NodeId(Bytes.parseHex("bb".repeat(32)));
    private static final NodeId DEVICE = new NodeId(Bytes.parseHex("cc".repeat(32)));
    private static final String OPERATOR = "the operator's own token";
    private static final JsonMapper JSON = new JsonMapper();
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);

    private final Health health = new Health(() -> true);
    private final List<String> restarts = new ArrayList<>();
    private final Intake intake = Intake.open();
    private final List<String> removed = new CopyOnWriteArrayList<>();
    private final AtomicReference<Changes> changes = new AtomicReference<>(Changes.taken());
    private final List<Address> places = new CopyOnWriteArrayList<>();
    private final AtomicReference<Removal> removal = new AtomicReference<>(Removal.DONE);
    private final AtomicReference<Function<DocumentId, Optional<DocumentReplica.Answer.Held>>>
            elsewhere = new AtomicReference<>(_ -> Optional.empty());
    private final AtomicReference<List<NodeId>> unheard = new AtomicReference<>(List.of());
    private final TokenRoutes tokens =
            new TokenRoutes(
                    actors.spawn(
                            Tokens.create(
                                    new NodeId(Bytes.parseHex("aa".repeat(32))),
                                    InstantSource.system(),
                                    () -> true)),
                    intake,
                    actors.system().scheduler());
    private final AtomicReference<Instant> clock =
            new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
    private final AtomicReference<FamilyView> family = new AtomicReference<>(ALONE);

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create(PersistenceTestKitPlugin.getInstance().config());
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    @Test
    void aStartingNodeIsLiveAndNotReady() throws Exception {
        assertEquals(503, get("/health").status().intValue());
        assertEquals(503, get("/health/ready").status().intValue());
        assertEquals(200, get("/health/live").status().intValue());
        assertTrue(body(get("/health")).contains("\"status\":\"starting\""));
    }

    @Test
    void theDevicesPathWantsATokenAndAWebSocket() throws Exception {
        assertEquals(401, get("/device").status().intValue());

        HttpResponse plain = get("/device?token=" + OPERATOR.replace(" ", "%20"));
        assertEquals(426, plain.status().intValue());
        assertTrue(body(plain).contains("WebSocket only"));
    }

    @Test
    void countersAreForTheOperator() throws Exception {
        assertEquals(401, get("/sync/counters").status().intValue());
        String counters = body(get("/sync/counters?token=" + OPERATOR.replace(" ", "%20")));
        assertTrue(counters.contains("\"frames_malformed\":0"), counters);
    }

    @Test
    void aReadyNodeIsReadyWhateverItsFamilyDoes() throws Exception {
        health.become(Health.Readiness.READY);
        family.set(DEGRADED);

        assertEquals(200, get("/health").status().intValue());
        assertEquals(200, get("/health/ready").status().intValue());
        assertEquals(503, get("/health/cluster").status().intValue());
        assertEquals(
                "{\"status\":\"degraded\",\"members\":2,\"unreachable\":1}",
                body(get("/health/cluster")));
    }

    @Test
    void aStoppingNodeSaysSo() throws Exception {
        health.become(Health.Readiness.READY);
        health.become(Health.Readiness.STOPPING);

        assertEquals(503, get("/health/ready").status().intValue());
        assertTrue(body(get("/health/ready")).contains("\"status\":\"stopping\""));
    }

    @Test
    void onlyAnOperatorOrdersARestart() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/restart")).status().intValue());
        assertEquals(List.of(), restarts);

        assertEquals(202, as(OPERATOR, HttpRequest.POST("/restart")).status().intValue());
        assertEquals(List.of("its operator has ordered it"), restarts);
    }

    @Test
    void anUnknownPathIsAProblemInWords() throws Exception {
        assertEquals(
                "{\"type\":\"about:blank\",\"title\":\"Not"
                        + " Found\",\"status\":404,\"detail\":\"Nothing is served at"
                        + " /health/nobody.\"}",
                body(get("/health/nobody")));
    }

    @Test
    void aWrongMethodIsAProblemThatNamesTheRightOne() throws Exception {
        HttpResponse refused = answer(HttpRequest.POST("/health"));

        assertEquals(405, refused.status().intValue());
        assertTrue(body(refused).contains("GET"));
        assertEquals("GET", refused.getHeader("Allow").orElseThrow().value());
    }

    @Test
    void aBrokenPartIsAProblemWithoutItsStackTrace() throws Exception {
        var broken =
                routes(
                        () -> {
                            throw new IllegalStateException("secret inner life");
                        });

        HttpResponse failed =
                broken.function(actors.system())
                        .apply(HttpRequest.GET("/health"))
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);

        assertEquals(500, failed.status().intValue());
        assertTrue(!body(failed).contains("secret inner life"));
    }

    @Test
    void withoutATokenOrWithAWrongOneTokensAreNobodysBusiness() throws Exception {
        HttpResponse none = get("/tokens");
        assertEquals(401, none.status().intValue());
        assertTrue(none.getHeader("WWW-Authenticate").isPresent());
        assertTrue(body(none).contains("admin.token"));
        assertEquals(401, get("/tokens?token=guess").status().intValue());
        assertEquals(401, as("guess", HttpRequest.GET("/tokens")).status().intValue());
    }

    @Test
    void theOperatorMakesListsAndRevokesTokens() throws Exception {
        HttpResponse made =
                as(OPERATOR, issue("{\"label\":\"phone\",\"scopes\":[\"write:reach:private\"]}"));
        assertEquals(201, made.status().intValue());
        JsonNode token = JSON.readTree(body(made));
        String id = token.path("id").asText();

        String listed = body(as(OPERATOR, HttpRequest.GET("/tokens")));
        assertTrue(listed.contains(id) && listed.contains("phone"), listed);
        assertFalse(listed.contains(token.path("token").asText()), listed);
        assertEquals(200, as(OPERATOR, HttpRequest.DELETE("/tokens/" + id)).status().intValue());
        assertEquals(404, as(OPERATOR, HttpRequest.DELETE("/tokens/" + id)).status().intValue());
    }

    @Test
    void anIssuedTokenMayAdministerOnlyWithThatScope() throws Exception {
        String phone = issued("read:reach:local");
        String admin = issued("admin");

        assertEquals(403, as(phone, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(200, as(admin, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(200, get("/tokens?token=" + admin).status().intValue());
    }

    @Test
    void aWrongOrderForATokenIsToldInWords() throws Exception {
        for (String wrong :
                new String[] {
                    "",
                    "not json",
                    "[]",
                    "{\"label\":\"x\"}",
                    "{\"label\":\"x\",\"scopes\":\"admin\"}",
                    "{\"label\":\"x\",\"scopes\":[\"everything\"]}",
                    "{\"label\":\"\",\"scopes\":[\"admin\"]}"
                }) {
            HttpResponse refused = as(OPERATOR, issue(wrong));
            assertEquals(400, refused.status().intValue(), wrong);
            assertTrue(body(refused).contains("\"detail\""), wrong);
        }
    }

    @Test
    void anOrderWithoutEndIsCutOff() throws Exception {
        HttpResponse refused = as(OPERATOR, issue("{\"label\":\"" + "x".repeat(100_000)));

        assertEquals(413, refused.status().intValue());
    }

    @Test
    void whatADocumentDoesNotDoIsToldApartFromOneThatIsNotThere() throws Exception {
        String document = "/documents/" + DocumentId.ofRandom(new byte[16]);

        assertEquals(404, as(OPERATOR, HttpRequest.GET(document + "/status")).status().intValue());
        assertEquals(200, as(OPERATOR, HttpRequest.DELETE(document)).status().intValue());
        clock.set(clock.get().plus(Document.RESTORABLE).plusSeconds(1));
        HttpResponse late = as(OPERATOR, HttpRequest.POST(document + "/restore"));
        assertEquals(409, late.status().intValue());
        assertTrue(body(late).contains("30 days"));
    }

    @Test
    void aNodeTellsOfItselfAlsoWhereItIsNotReady() throws Exception {
        HttpResponse answer = as(OPERATOR, HttpRequest.GET("/node"));
        assertEquals(200, answer.status().intValue());
        JsonNode node = JSON.readTree(body(answer));
        assertEquals("starting", node.path("status").asText());
        assertEquals("1.2.3", node.path("version").asText());
        assertEquals(1.5, node.path("uptime_seconds").asDouble());
        assertEquals(2, node.path("devices_connected").asInt());
        assertTrue(node.path("disk").path("total_bytes").asLong() > 0);
        assertEquals(401, get("/node").status().intValue());
    }

    @Test
    void anObserverChangesNothingAndSaysWhoDoes() throws Exception {
        String document = "/documents/" + DocumentId.ofRandom(new byte[16]);
        NodeId attic = NodeKey.generate().id();
        NodeId cellar = NodeKey.generate().id();
        var found =
                new Acquaintances.Found(
                        new Address("192.168.1.5", 4002), Optional.of(attic), true, "");
        changes.set(
                Changes.takenBy(
                        () ->
                                CompletableFuture.completedFuture(
                                        Changes.Place.of(List.of(attic, cellar), List.of(found)))));

        for (HttpRequest request :
                List.of(
                        HttpRequest.DELETE(document),
                        HttpRequest.POST(document + "/restore"),
                        HttpRequest.PUT(document + "/reach")
                                .withEntity(ContentTypes.TEXT_PLAIN_UTF8, "commons"),
                        HttpRequest.DELETE("/tokens/3f2a90c41b7e"),
                        issue("{\"label\":\"phone\",\"scopes\":[\"admin\"]}"))) {
            HttpResponse refused = as(OPERATOR, request);
            assertEquals(409, refused.status().intValue(), request.toString());
            JsonNode problem = JSON.readTree(body(refused));
            String detail = problem.path("detail").asText();
            assertTrue(detail.contains("is an observer"), detail);
            assertTrue(detail.contains(attic + " on 192.168.1.5, " + cellar + "."), detail);
            assertEquals("192.168.1.5", problem.path("full_nodes").path(0).path("host").asText());
        }
        assertEquals(200, as(OPERATOR, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(404, as(OPERATOR, HttpRequest.GET(document + "/status")).status().intValue());
        assertEquals(401, answer(HttpRequest.DELETE(document)).status().intValue());
    }

    @Test
    void aDocumentThatIsNotHereYetIsToldOfByWhoeverHasIt() throws Exception {
        byte[] ofNoOtherTest = new byte[DocumentId.SIZE_BYTES];
        ofNoOtherTest[0] = 1;
        var document = DocumentId.ofRandom(ofNoOtherTest);
        String path = "/documents/" + document + "/status";
        assertEquals(404, as(OPERATOR, HttpRequest.GET(path)).status().intValue());
        var cellar = NodeKey.generate().id();
        unheard.set(List.of(cellar));
        HttpResponse doubtful = as(OPERATOR, HttpRequest.GET(path));
        assertEquals(404, doubtful.status().intValue());
        String words = body(doubtful);
        assertTrue(words.contains(cellar.toString()), words);

        elsewhere.set(
                id ->
                        Optional.of(
                                new DocumentReplica.Answer.Held(
                                        "attic",
                                        1,
                                        "local",
                                        "ana",
                                        false,
                                        List.of("aa"),
                                        1,
                                        10,
                                        0,
                                        false,
                                        0,
                                        0,
                                        0)));
        HttpResponse found = as(OPERATOR, HttpRequest.GET(path));
        assertEquals(200, found.status().intValue());
        JsonNode shown = JSON.readTree(body(found));
        assertEquals("attic", shown.path("held_by").asText());
        assertFalse(shown.path("here").asBoolean(true));
    }

    private String issued(String scope) throws Exception {
        HttpResponse made = as(OPERATOR, issue("{\"label\":\"x\",\"scopes\":[\"" + scope + "\"]}"));
        return JSON.readTree(body(made)).path("token").asText();
    }

    private static HttpRequest issue(String body) {
        return HttpRequest.POST("/tokens").withEntity(ContentTypes.APPLICATION_JSON, body);
    }

    private HttpResponse as(String token, HttpRequest request) throws Exception {
        return answer(request.addHeader(RawHeader.create("Authorization", "Bearer " + token)));
    }

    private Route routes(Supplier<FamilyView> seen) {
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
                seen,
                tokens,
                devices,
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
                        actors.spawn(Behaviors.receiveMessage(RoutesTest::devices)),
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

    private Behavior<Leaving.Command> leave(Leaving.Command command) {
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

    @Test
    void theFamilyIsLeftByAnOrderAndWhyItTakesTimeIsToldInWords() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/cluster/leave")).status().intValue());
        HttpResponse ordered = as(OPERATOR, HttpRequest.POST("/cluster/leave"));
        assertEquals(202, ordered.status().intValue());
        String told = body(as(OPERATOR, HttpRequest.GET("/cluster/leave")));
        assertEquals("waiting", JSON.readTree(told).path("state").asText());
        assertTrue(told.contains("once 2 other full nodes hold everything; 1 of them does now"));

        HttpResponse late = as(OPERATOR, HttpRequest.DELETE("/cluster/leave"));
        assertEquals(409, late.status().intValue());
        assertTrue(body(late).contains("It has left."));
    }

    @Test
    void aNodeThatLeavesTakesNoEditsAndIsLookedAtAllTheSame() throws Exception {
        intake.close("this node leaves its family");
        for (HttpRequest edit :
                List.of(
                        issue("{\"label\":\"x\",\"scopes\":[\"admin\"]}"),
                        HttpRequest.DELETE("/tokens/3f2a90c41b7e"),
                        HttpRequest.PUT("/documents/" + DOCUMENT + "/reach").withEntity("commons"),
                        HttpRequest.DELETE("/documents/" + DOCUMENT),
                        HttpRequest.GET("/device"))) {
            HttpResponse refused = as(OPERATOR, edit);
            assertEquals(503, refused.status().intValue(), edit.toString());
            assertTrue(refused.getHeader("Retry-After").isPresent());
            assertTrue(body(refused).contains("This node leaves its family."));
        }
        assertEquals(200, as(OPERATOR, HttpRequest.GET("/tokens")).status().intValue());
        assertTrue(intake.isStill());

        intake.reopen();
        assertFalse(issued("admin").isEmpty());
        intake.close("again");
        assertTrue(intake.isStill(), "whatever was answered is counted no longer");
    }

    private Behavior<Family.Command> remove(Family.Command command) {
        if (command instanceof Family.Command.Remove(var gone, boolean evenAlive, var replyTo)) {
            removed.add(gone + (evenAlive ? " even alive" : ""));
            replyTo.tell(removal.get());
        }
        return Behaviors.same();
    }

    @Test
    void aDeadBladeIsRemovedAndALivingOneIsNot() throws Exception {
        NodeId gone = NodeKey.generate().id();
        String order = "{\"node\":\"" + gone + "\"}";
        assertEquals(401, answer(HttpRequest.POST("/cluster/remove")).status().intValue());
        assertEquals(400, removed("{\"node\":\"nobody\"}").status().intValue());
        assertEquals(400, removed("nobody").status().intValue());
        assertEquals(List.of(), removed);

        assertEquals(200, removed(order).status().intValue());
        removal.set(Removal.ALIVE);
        HttpResponse alive = removed(order);
        assertEquals(409, alive.status().intValue());
        assertTrue(body(alive).contains("Switch it off first"));
        removal.set(Removal.NOT_WRITTEN);
        HttpResponse notWritten = removed(order);
        assertEquals(503, notWritten.status().intValue());
        assertTrue(notWritten.getHeader("Retry-After").isPresent());
        assertTrue(body(notWritten).contains("remove the node once more"));
        removal.set(Removal.ITSELF);
        assertEquals(409, removed(order.replace("}", ",\"even_alive\":true}")).status().intValue());
        assertEquals(List.of("" + gone, "" + gone, "" + gone, gone + " even alive"), removed);
    }

    private HttpResponse removed(String order) throws Exception {
        return as(
                OPERATOR,
                HttpRequest.POST("/cluster/remove")
                        .withEntity(ContentTypes.APPLICATION_JSON, order));
    }

    private static Behavior<LedgerKeeper.Command> devices(LedgerKeeper.Command command) {
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

    @Test
    void devicesAreShownToWhoeverMayAdministerWithWhoHasRegisteredThem() throws Exception {
        assertEquals(401, get("/devices").status().intValue());

        String shown = body(as(OPERATOR, HttpRequest.GET("/devices")));

        assertEquals(
                ("{\"devices\":[{\"id\":\"%s\",\"label\":\"phone\",\"first_seen_by\":\"%s\","
                                + "\"registered\":true,\"registered_by\":\"%s\","
                                + "\"registered_in_term\":7,"
                                + "\"registered_at\":\"1970-01-01T00:00:00Z\","
                                + "\"last_seen_here\":\"1970-01-01T00:00:00Z\"}],"
                                + "\"nodes_that_count\":2,\"changes_passed_over\":0}")
                        .formatted(DEVICE, NODE, NODE),
                shown);
    }

    @Test
    @DisplayName("R-17: the family's ledger is no document for anybody who asks over HTTP")
    void theLedgerIsNoDocument() throws Exception {
        String path = "/documents/" + DocumentId.LEDGER;
        for (HttpRequest request :
                List.of(
                        HttpRequest.GET(path + "/status"),
                        HttpRequest.POST(path + "/restore"),
                        HttpRequest.PUT(path + "/reach").withEntity("commons"),
                        HttpRequest.DELETE(path))) {
            assertEquals(404, as(OPERATOR, request).status().intValue(), request.toString());
        }
    }

    @Test
    void whoSearchesForTheFamilyHearsOfTheAddressesOfACode() throws Exception {
        var attic = new Address("192.168.1.9", 4002);
        String code = new JoinCode(FamilyKey.of("a family key of ours"), List.of(attic)).text();
        assertEquals(200, as(OPERATOR, join(code)).status().intValue());
        assertEquals(List.of(attic), places);
        HttpResponse again = as(OPERATOR, join(code));
        assertTrue(body(again).contains("before"), "belongs to it already");
        assertEquals(List.of(attic, attic), places);
        assertFalse(Files.exists(directory.resolve("siblings")), "it is whose file that is");
    }

    private FamilyKeyRoutes familyKeys() {
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

    private static HttpRequest join(String code) {
        return HttpRequest.POST("/cluster/join")
                .withEntity(ContentTypes.APPLICATION_JSON, "{\"code\":\"" + code + "\"}");
    }

    @Test
    void aFamilyIsBegunOnceAndItsCodeIsForTheOperatorAlone() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/family/create")).status().intValue());
        assertEquals(409, as(OPERATOR, HttpRequest.GET("/family/code")).status().intValue());
        HttpResponse made = as(OPERATOR, HttpRequest.POST("/family/create"));
        assertEquals(200, made.status().intValue());
        assertEquals(1, restarts.size());
        String code = JSON.readTree(body(made)).path("code").asText();
        assertEquals(List.of(new Address("192.168.1.7", 4002)), JoinCode.parse(code).addresses());
        assertEquals(409, as(OPERATOR, HttpRequest.POST("/family/create")).status().intValue());
        assertTrue(body(as(OPERATOR, HttpRequest.GET("/family/code"))).contains(code));
        String reader = issued("read:reach:commons");
        assertEquals(403, as(reader, HttpRequest.GET("/family/code")).status().intValue());
        assertTrue(body(as(OPERATOR, join(code))).contains("\"joined\":\"before\""));
        assertEquals(1, restarts.size());
    }

    @Test
    void aCodeMakesARunningNodeFamily() throws Exception {
        assertEquals(400, as(OPERATOR, join("ELOHIM-1")).status().intValue());
        var code = new JoinCode(FamilyKey.of("a family key of ours"), List.of());
        assertTrue(body(as(OPERATOR, join(code.text()))).contains("\"joined\":\"now\""));
        assertEquals(1, restarts.size());
        var other = new JoinCode(FamilyKey.of("a family key of theirs"), List.of());
        HttpResponse refused = as(OPERATOR, join(other.text()));
        assertEquals(409, refused.status().intValue());
        assertTrue(body(refused).contains("another family"));
    }

    private HttpResponse get(String path) throws Exception {
        return answer(HttpRequest.GET(path));
    }

    private HttpResponse answer(HttpRequest request) throws Exception {
        return routes(family::get)
                .function(actors.system())
                .apply(request)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private static String body(HttpResponse response) throws Exception {
        return response.entity()
                .toStrict(10_000, actors.system())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .getData()
                .utf8String();
    }
}
