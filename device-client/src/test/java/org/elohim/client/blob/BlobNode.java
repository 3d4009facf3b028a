package org.elohim.client.blob;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// What a node answers about blobs, by a real server on a real line, which can be cut.
final class BlobNode implements AutoCloseable {
    static final String TOKEN = "secret";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<String, byte[]> blobs = new HashMap<>();
    private final Map<String, byte[]> begun = new HashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    // So many bytes of bodies pass, then the connection is cut; no cut where it is negative.
    private final AtomicInteger cutAfter = new AtomicInteger(-1);
    private volatile boolean ignoresRanges;

    private record Fault(Predicate<String> request, Answer answer) {}

    /// What is done instead of answering as a node does.
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    BlobNode() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// All requests so far: method, path, and range.
    List<String> requests() {
        return List.copyOf(requests);
    }

    synchronized byte[] blob(ContentHash hash) {
        return blobs.getOrDefault(hash.toString(), new byte[0]).clone();
    }

    synchronized ContentHash keep(byte[] content) {
        var hash = ContentHash.of(Bytes.copyOf(content));
        blobs.put(hash.toString(), content.clone());
        return hash;
    }

    synchronized void forgetBegun() {
        begun.clear();
    }

    /// What is named so from now on is not what its name says.
    synchronized void spoil(ContentHash hash, byte[] content) {
        blobs.put(hash.toString(), content.clone());
    }

    void ignoreRanges() {
        ignoresRanges = true;
    }

    /// Cuts the connection once, after so many bytes of bodies.
    void cutAfter(int bytes) {
        cutAfter.set(bytes);
    }

    /// The next request of this kind is answered so, once.
    synchronized void once(Predicate<String> request, Answer answer) {
        faults.add(new Fault(request, answer));
    }

    Answer silent() {
        return _ -> awaitEnd();
    }

    private void awaitEnd() {
        try {
            closing.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    static Answer problem(int status, String detail, String... headers) {
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            answer(exchange, status, "{\"title\":\"t\",\"detail\":\"" + detail + "\"}");
        };
    }

    static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String header(HttpExchange exchange, String name) {
        List<String> values = exchange.getRequestHeaders().getOrDefault(name, List.of(""));
        return values.getFirst();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String range = header(exchange, "Range") + header(exchange, "Content-Range");
        String request =
                (exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + range)
                        .strip();
        requests.add(request);
        try {
            Answer answer = fault(request);
            answer.to(exchange);
        } catch (Cut cut) {
            exchange.close();
        } catch (RuntimeException bug) {
            exchange.close();
            throw bug;
        }
    }

    private synchronized Answer fault(String request) {
        for (Fault fault : faults) {
            if (fault.request().test(request)) {
                faults.remove(fault);
                return fault.answer();
            }
        }
        return this::asANode;
    }

    private void asANode(HttpExchange exchange) throws IOException {
        if (!header(exchange, "Authorization").equals("Bearer " + TOKEN)) {
            problem(401, "no token").to(exchange);
            return;
        }
        String path = exchange.getRequestURI().getPath();
        String hash = path.substring("/blobs/".length(), "/blobs/".length() + 64);
        switch (exchange.getRequestMethod() + path.substring("/blobs/".length() + 64)) {
            case "GET/upload" -> answer(exchange, 200, offset(hash));
            case "PUT" -> put(exchange, hash);
            case "HEAD" -> {
                exchange.sendResponseHeaders(has(hash) ? 200 : 404, -1);
                exchange.close();
            }
            case "GET" -> get(exchange, hash);
            default -> problem(404, "nothing there").to(exchange);
        }
    }

    private synchronized boolean has(String hash) {
        return blobs.containsKey(hash);
    }

    private synchronized String offset(String hash) {
        byte[] whole = blobs.get(hash);
        return whole == null
                ? "{\"offset\":%d,\"complete\":false}"
                        .formatted(begun.getOrDefault(hash, new byte[0]).length)
                : "{\"offset\":%d,\"complete\":true}".formatted(whole.length);
    }

    private static final class Cut extends IOException {
        private static final long serialVersionUID = 1;
    }

    // Counts a byte of a body.
    private void count() throws Cut {
        if (cutAfter.get() >= 0 && cutAfter.getAndDecrement() == 0) {
            throw new Cut();
        }
    }

    private void put(HttpExchange exchange, String hash) throws IOException {
        String range = header(exchange, "Content-Range");
        int from = 0;
        int total = -1;
        if (!range.isEmpty()) {
            from = Integer.parseInt(range.substring(6, range.indexOf('-')));
            total = Integer.parseInt(range.substring(range.indexOf('/') + 1));
            int stands = standing(hash);
            if (from != 0 && from != stands) {
                exchange.getRequestBody().readAllBytes();
                answer(exchange, 409, "{\"offset\":" + stands + "}");
                return;
            }
        }
        var content = new ByteArrayOutputStream();
        content.write(standing(hash, from));
        InputStream body = exchange.getRequestBody();
        try {
            for (int next = body.read(); next >= 0; next = body.read()) {
                count();
                content.write(next);
            }
        } finally {
            keepBegun(hash, content.toByteArray());
        }
        byte[] whole = content.toByteArray();
        if (total >= 0 && whole.length < total) {
            answer(exchange, 202, "{\"offset\":%d,\"total\":%d}".formatted(whole.length, total));
            return;
        }
        var is = ContentHash.of(Bytes.copyOf(whole));
        if (!is.toString().equals(hash)) {
            problem(422, "it is " + is).to(exchange);
            return;
        }
        keep(whole);
        answer(
                exchange,
                201,
                "{\"hash\":\"%s\",\"size\":%d,\"tier\":\"accepted\"}"
                        .formatted(hash, whole.length));
    }

    private synchronized int standing(String hash) {
        return begun.getOrDefault(hash, new byte[0]).length;
    }

    private synchronized byte[] standing(String hash, int bytes) {
        return Arrays.copyOf(begun.getOrDefault(hash, new byte[0]), bytes);
    }

    private synchronized void keepBegun(String hash, byte[] bytes) {
        begun.put(hash, bytes);
    }

    private void get(HttpExchange exchange, String hash) throws IOException {
        byte[] whole;
        synchronized (this) {
            whole = blobs.get(hash);
        }
        if (whole == null) {
            problem(404, "no such blob").to(exchange);
            return;
        }
        String range = ignoresRanges ? "" : header(exchange, "Range");
        int from = 0;
        if (!range.isEmpty()) {
            from = Integer.parseInt(range.substring(6, range.length() - 1));
            if (from >= whole.length) {
                problem(416, "behind its end", "Content-Range", "bytes */" + whole.length)
                        .to(exchange);
                return;
            }
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, whole.length - 1, whole.length));
        }
        int length = whole.length - from;
        exchange.sendResponseHeaders(range.isEmpty() ? 200 : 206, length == 0 ? -1 : length);
        for (int at = from; at < whole.length; at++) {
            try {
                count();
            } catch (Cut cut) {
                exchange.getResponseBody().flush();
                throw cut;
            }
            exchange.getResponseBody().write(whole[at]);
        }
        exchange.close();
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.close();
    }

    static byte[] read(java.nio.file.Path file) {
        try {
            return java.nio.file.Files.readAllBytes(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
