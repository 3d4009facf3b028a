package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.grpc.GrpcNode;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// A node whose actors end and begin again while its process goes on.
class RestartIT extends NodeAndDevices {
    private static final Duration AWAY_MAX = Duration.ofSeconds(5);
    private static final int BACKLOG = 100;
    // What one of each of the four restarts behind the first count would leave is more.
    private static final int LEFT_BY_CHANCE_MAX = 3;
    // A restart takes about as long.
    private static final int KILLED_WITHIN_MILLIS = 1_000;

    /// Five times under load: the devices come back by themselves, the port stays, nothing that was
    /// acknowledged is lost, and nothing of a generation outlives it.
    @Test
    void devicesComeBackByThemselvesAndNothingAcknowledgedIsLost() throws Exception {
        DocumentId document = document();
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice();
                var client = HttpClient.newHttpClient()) {
            String address = Files.readString(data().resolve("node.url"));
            connectAnew(node, phone, laptop);
            long filesBefore = 0;
            long threadsBefore = 0;
            for (int round = 0; round < 5; round++) {
                write(phone, document);
                write(laptop, document);
                restart(node);
                long away = awaitAnotherLife(client, node);
                assertTrue(away < AWAY_MAX.toMillis(), () -> "not ready for " + away + " ms");
                NodeProcess.await(
                        "the devices to hear of it",
                        () -> !phone.closed.get().isEmpty() && !laptop.closed.get().isEmpty());
                var why = new SyncMessage.Failure("its operator has ordered it");
                for (MemoryDevice each : List.of(phone, laptop)) {
                    NodeProcess.await("why", () -> each.heard.contains(why));
                    each.heard.clear();
                }
                connectAnew(node, phone, laptop);
                NodeProcess.await("all to be level", () -> phone.isLevel() && laptop.isLevel());
                if (round == 0) {
                    filesBefore = counted(node, "fd");
                    threadsBefore = counted(node, "task");
                }
            }
            NodeProcess.await("the same", () -> same(phone, laptop, document));
            checkThatTheNodeHas(document, node, phone, laptop);
            assertEquals(address, Files.readString(data().resolve("node.url")));
            assertEquals(1, node.instances("akka.actor.typed.internal.adapter.ActorSystemAdapter"));
            assertEquals(1, node.instances("org.elohim.cluster.journal.JournalWriter"));
            assertEquals(1, node.instances("org.elohim.cluster.sync.ReadModel"));
            long files = filesBefore + LEFT_BY_CHANCE_MAX;
            long threads = threadsBefore + LEFT_BY_CHANCE_MAX;
            NodeProcess.await("the files to be closed", () -> counted(node, "fd") <= files);
            NodeProcess.await("the threads to end", () -> counted(node, "task") <= threads);
        }
    }

    /// The one over the WebSocket, the other over gRPC.
    private void connectAnew(NodeProcess node, MemoryDevice phone, MemoryDevice laptop)
            throws Exception {
        phone.connect(node.url(), operator());
        URI at = URI.create("grpc://" + node.grpc());
        laptop.connectGrpc(GrpcNode.at(at.getHost(), at.getPort(), operator()));
    }

    private static void write(MemoryDevice device, DocumentId document) {
        for (long edit = device.unacknowledged(); edit < BACKLOG; edit++) {
            device.edit(document, 50);
        }
    }

    private void restart(NodeProcess node) throws IOException {
        assertEquals(
                202,
                node.send(
                                HttpRequest.newBuilder(URI.create(node.url() + "/restart"))
                                        .header("Authorization", "Bearer " + operator())
                                        .POST(HttpRequest.BodyPublishers.noBody())
                                        .build())
                        .statusCode());
    }

    /// Waits until the node was away and serves again; returns how long it was away.
    private static long awaitAnotherLife(HttpClient client, NodeProcess node) {
        var asked =
                HttpRequest.newBuilder(URI.create(node.url() + "/health/ready"))
                        .timeout(AWAY_MAX)
                        .build();
        var away = new AtomicLong();
        var back = new AtomicLong();
        NodeProcess.await(
                "another life",
                () -> {
                    boolean ready = isReady(client, asked);
                    if (!ready) {
                        away.compareAndSet(0, System.nanoTime());
                    } else if (away.get() != 0) {
                        back.set(System.nanoTime());
                    }
                    return back.get() != 0;
                });
        return TimeUnit.NANOSECONDS.toMillis(back.get() - away.get());
    }

    private static boolean isReady(HttpClient client, HttpRequest asked) {
        try {
            HttpResponse<String> answer = client.send(asked, HttpResponse.BodyHandlers.ofString());
            assertTrue(Set.of(200, 503).contains(answer.statusCode()), answer::body);
            return answer.statusCode() == 200;
        } catch (IOException between) {
            // One server has gone and the next is not there yet.
            return false;
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    private void checkThatTheNodeHas(DocumentId document, NodeProcess node, MemoryDevice... writers)
            throws Exception {
        try (var newcomer = new MemoryDevice()) {
            newcomer.connect(node.url(), operator());
            NodeProcess.await("the newcomer to have all there is", newcomer::isLevel);
            for (MemoryDevice writer : writers) {
                for (ContentHash hash : writer.acknowledged) {
                    assertTrue(newcomer.has(document, hash), () -> "lost " + hash);
                }
            }
        }
    }

    /// Each kill falls into another step of the restart.
    @Test
    void aKillInTheMiddleLosesNothingAcknowledged() throws Exception {
        DocumentId document = document();
        long seed = Long.getLong("kills.seed", new SecureRandom().nextLong());
        System.out.println("seed=" + seed);
        var random = new Random(seed);
        try (var phone = new MemoryDevice()) {
            for (int round = 0; round < 3; round++) {
                try (var node = NodeProcess.ready(scratch, data())) {
                    checkThatTheNodeHas(document, node, phone);
                    phone.connect(node.url(), operator());
                    int enough = phone.acknowledged.size() + 20;
                    write(phone, document);
                    NodeProcess.await(
                            "some acknowledgements", () -> phone.acknowledged.size() > enough);
                    restart(node);
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(KILLED_WITHIN_MILLIS));
                    node.signal("KILL");
                    node.awaitExit();
                }
            }
            try (var node = NodeProcess.ready(scratch, data())) {
                checkThatTheNodeHas(document, node, phone);
                phone.connect(node.url(), operator());
                NodeProcess.await("all to be level", phone::isLevel);
            }
        }
    }

    /// What the system knows of the process: its open files or its threads.
    private static long counted(NodeProcess node, String what) {
        try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(node.pid()), what))) {
            return all.count();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
