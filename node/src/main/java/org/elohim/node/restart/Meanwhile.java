package org.elohim.node.restart;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Answers in the node's place while its actors begin again: come back in a moment.
///
/// Invariants: the only thing it answers well is whether the process lives, since a service manager
/// else would kill it in the middle. It reads no bodies and keeps no connection. Where it cannot
/// listen, the restart goes on without it.
final class Meanwhile implements AutoCloseable {
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final String DETAIL =
            "The node takes its place in the family anew, which takes a few seconds. Nothing is"
                    + " lost; ask again in a moment.";
    // As many may wait to be accepted as at the node itself.
    private static final int BACKLOG = 100;
    private static final Logger LOG = LoggerFactory.getLogger(Meanwhile.class);
    private static final JsonMapper MAPPER = new JsonMapper();

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Optional<HttpServer> server;

    Meanwhile(InetSocketAddress address) {
        server = serve(address);
    }

    private Optional<HttpServer> serve(InetSocketAddress address) {
        try {
            HttpServer listening = HttpServer.create(address, BACKLOG);
            // Whoever is slow holds up nobody else.
            listening.setExecutor(threads);
            listening.createContext("/", Meanwhile::answer);
            listening.start();
            return Optional.of(listening);
        } catch (IOException taken) {
            LOG.warn("nobody answers at {} during the restart: {}", address, taken.toString());
            return Optional.empty();
        }
    }

    private static void answer(HttpExchange asked) throws IOException {
        try (asked) {
            var headers = asked.getResponseHeaders();
            headers.set("Connection", "close");
            if (asked.getRequestURI().getPath().equals("/health/live")) {
                headers.set("Content-Type", "application/json");
                send(asked, 200, Map.of("live", true));
            } else {
                headers.set("Retry-After", RETRY_AFTER_SECONDS);
                headers.set("Content-Type", "application/problem+json");
                send(asked, 503, problem());
            }
        }
    }

    private static Map<String, Object> problem() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", "Service Unavailable");
        body.put("status", 503);
        body.put("detail", DETAIL);
        // As /health says it of a node that starts.
        body.put("ready", false);
        return body;
    }

    private static void send(HttpExchange asked, int status, Map<String, Object> body)
            throws IOException {
        byte[] content = MAPPER.writeValueAsBytes(body);
        if (asked.getRequestMethod().equals("HEAD")) {
            asked.sendResponseHeaders(status, -1);
        } else {
            asked.sendResponseHeaders(status, content.length);
            asked.getResponseBody().write(content);
        }
    }

    @Override
    public void close() {
        server.ifPresent(listening -> listening.stop(0));
        threads.shutdownNow();
    }
}
