package org.elohim.node.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.NodeAddress;
import org.elohim.node.identity.AdminToken;
import org.elohim.node.operator.OperatorCall.Answer;
import org.elohim.node.operator.OperatorCall.Patience;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

class OperatorCallTest {
    private static final Patience HASTY =
            new Patience(Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofSeconds(2));

    @TempDir Path directory;
    private HttpServer server;
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private volatile int unavailable;
    private volatile String retryAfter = "1";

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                asked -> {
                    try (asked) {
                        heard.add(asked.getRequestHeaders().getFirst("Authorization"));
                        boolean refuses = heard.size() <= unavailable;
                        byte[] body = "{\"detail\":\"a moment\"}".getBytes(StandardCharsets.UTF_8);
                        asked.getResponseHeaders().set("Retry-After", retryAfter);
                        asked.sendResponseHeaders(refuses ? 503 : 200, body.length);
                        asked.getResponseBody().write(body);
                    }
                });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private void tellAddress(InetSocketAddress at) throws IOException {
        Files.writeString(directory.resolve(NodeAddress.FILE_NAME), NodeAddress.url(at) + "\n");
        Files.writeString(directory.resolve(AdminToken.FILE_NAME), "a token\n");
    }

    private Answer ask(String method) throws InterruptedException {
        return new OperatorCall(directory, Map.of(), HASTY).send(method, "/node", "");
    }

    @Test
    void theRunningNodeIsToldTheToken() throws Exception {
        try (var _ = DataDirectory.open(directory)) {
            tellAddress(server.getAddress());

            assertInstanceOf(Answer.Done.class, ask("GET"));

            assertEquals(List.of("Bearer a token"), heard);
        }
    }

    @Test
    void whoeverListensAtADeadNodesAddressIsToldNothing() throws Exception {
        DataDirectory.open(directory).close();
        tellAddress(server.getAddress());

        var answer = assertInstanceOf(Answer.NotRunning.class, ask("POST"));

        assertTrue(answer.killed());
        assertTrue(answer.detail().contains("./elohim node"), answer.detail());
        assertEquals(List.of(), heard);
    }

    @Test
    void aNodeThatWasStoppedOrNeverThereIsSaidNotToRun() throws Exception {
        assertFalse(assertInstanceOf(Answer.NotRunning.class, ask("GET")).killed());
        DataDirectory.open(directory).close();
        assertFalse(assertInstanceOf(Answer.NotRunning.class, ask("GET")).killed());
    }

    @Test
    void aNodeThatStartsIsNotSaidToBeGone() throws Exception {
        try (var _ = DataDirectory.open(directory)) {
            var answer = assertInstanceOf(Answer.Unavailable.class, ask("GET"));
            assertTrue(answer.detail().contains("is starting"), answer.detail());
        }
    }

    @Test
    void aNodeThatIsSlowIsNotSaidToBeGone() throws Exception {
        // Takes connections and answers nobody.
        try (var _ = DataDirectory.open(directory);
                var slow = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            tellAddress((InetSocketAddress) slow.getLocalSocketAddress());

            var question = assertInstanceOf(Answer.Unavailable.class, ask("GET"));
            var order = assertInstanceOf(Answer.Unavailable.class, ask("POST"));

            assertTrue(question.detail().contains("does not answer within"), question.detail());
            assertFalse(question.detail().contains("not known"), question.detail());
            assertTrue(order.detail().contains("not known whether it was done"), order.detail());
        }
    }

    @Test
    void aRestartOfTheActorsIsWaitedForAndAFullDiskIsNot() throws Exception {
        try (var _ = DataDirectory.open(directory)) {
            tellAddress(server.getAddress());
            unavailable = 2;
            assertInstanceOf(Answer.Done.class, ask("POST"));
            assertEquals(3, heard.size());

            heard.clear();
            retryAfter = "10";
            assertEquals(new Answer.Unavailable("a moment"), ask("POST"));
            assertEquals(1, heard.size());
        }
    }
}
