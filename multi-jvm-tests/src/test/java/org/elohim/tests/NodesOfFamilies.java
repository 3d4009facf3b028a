package org.elohim.tests;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Nodes of families, each in a process of its own on a data directory of its name, and what their
/// owner asks them. They listen on loopback, at free ports.
abstract class NodesOfFamilies {
    static final String OURS = "a family key of ours";
    private static final Pattern DOOR = Pattern.compile("its door at port (\\d+)");

    @TempDir Path scratch;

    /// A node that is ready.
    ///
    /// @param siblings the doors at which it looks for others, or nothing
    NodeProcess node(String name, String key, String siblings) throws IOException {
        Map<String, String> more = new HashMap<>();
        if (!siblings.isEmpty()) {
            more.put("ELOHIM_CLUSTER_ADDRESSES", siblings);
        }
        return node(name, key, more);
    }

    NodeProcess node(String name, Map<String, String> more) throws IOException {
        return node(name, OURS, more);
    }

    private NodeProcess node(String name, String key, Map<String, String> more) throws IOException {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("ELOHIM_CLUSTER_KEY", key);
        environment.put("ELOHIM_CLUSTER_PORT", "0");
        return process(name, environment).awaitReady();
    }

    /// A node that begins.
    NodeProcess process(String name, Map<String, String> more) throws IOException {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", "0");
        return NodeProcess.start(
                scratch,
                environment,
                NodeProcess.command(
                        "--data-dir", scratch.resolve(name).toString(), "--http-port", "0"));
    }

    static int doorPort(NodeProcess node) {
        return Integer.parseInt(NodeAndDevices.first(DOOR, node.output()));
    }

    static String door(NodeProcess node) {
        return "127.0.0.1:" + doorPort(node);
    }

    String operator(String name) {
        return content(scratch.resolve(name).resolve("admin.token")).strip();
    }

    static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    String get(NodeProcess node, String name, String path) {
        return send(node, name, path, "GET", "").body();
    }

    String peers(NodeProcess node, String name) {
        return get(node, name, "/sync/peers");
    }

    HttpResponse<String> send(
            NodeProcess node, String name, String path, String method, String body) {
        return node.send(
                HttpRequest.newBuilder(URI.create(node.url() + path))
                        .header("Authorization", "Bearer " + operator(name))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }
}
