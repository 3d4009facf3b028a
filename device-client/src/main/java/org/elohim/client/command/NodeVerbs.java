package org.elohim.client.command;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.client.Subscription;
import org.elohim.client.SyncStatus;
import org.elohim.client.store.Nodes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The verbs that have to do with nodes.
final class NodeVerbs {
    private static final Duration REACH_WITHIN = Duration.ofSeconds(15);

    /// As long as something goes on; without that, a node that hangs.
    private static final Duration STALLED_AFTER = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

    private final Arguments arguments;
    private final Printer printer;

    NodeVerbs(Arguments arguments, Printer printer) {
        this.arguments = arguments;
        this.printer = printer;
    }

    int carryOut() throws Refused {
        return switch (arguments.verb() + " " + arguments.size()) {
            case "connect 1" -> connect(arguments.word(0));
            case "disconnect 1" -> disconnect(arguments.word(0));
            case "sync 0" -> sync();
            case "status 0" -> status();
            case "watch 0" -> watch(Optional.empty());
            case "watch 1" -> watch(Optional.of(DocumentVerbs.id(arguments.word(0))));
            default -> throw DeviceCommand.unknown(arguments);
        };
    }

    private int connect(String address) throws Refused {
        try (var replica = Replica.open(arguments.directory())) {
            String url;
            try {
                url = replica.connect(address);
            } catch (IllegalArgumentException noAddress) {
                throw Refused.usage(String.valueOf(noAddress.getMessage()));
            }
            replica.reach(url, REACH_WITHIN);
            SyncStatus.NodeStatus node = node(replica.status(), url);
            boolean reached = node.isConnected();
            printer.print(
                    json(node).put("reached", reached),
                    reached
                            ? "Connected with %s at %s"
                                    .formatted(
                                            node.identity().map(Object::toString).orElse(""), url)
                            : "Remembered %s, but now: %s".formatted(url, node.reason()));
            return reached ? 0 : Refused.ENVIRONMENT;
        }
    }

    private static SyncStatus.NodeStatus node(SyncStatus status, String url) {
        return status.nodes().stream()
                .filter(node -> node.url().equals(url))
                .findFirst()
                .orElseThrow();
    }

    private int disconnect(String url) throws Refused {
        try (var replica = Replica.openOffline(arguments.directory())) {
            if (!replica.disconnect(url)) {
                throw Refused.usage(
                        "no node at %s; ./elohim device status shows those there are"
                                .formatted(url));
            }
            printer.print(
                    JsonValues.JSON.createObjectNode().put("url", url), "Forgot %s".formatted(url));
            return 0;
        }
    }

    private int sync() throws Refused {
        try (var replica = Replica.open(arguments.directory())) {
            if (replica.status().nodes().isEmpty()) {
                throw Refused.usage(
                        "this device knows no node yet; connect one with ./elohim device connect"
                                + " URL");
            }
            SyncStatus now = synced(replica);
            printer.progressDone();
            show(now);
            return now.isLevel() ? 0 : Refused.ENVIRONMENT;
        }
    }

    private SyncStatus synced(Replica replica) {
        long before = replica.status().journal();
        long moved = Long.MIN_VALUE;
        long movedAt = System.nanoTime();
        while (true) {
            SyncStatus now = replica.sync(LOOK);
            long received = now.journal() - before;
            printer.progress(now, received);
            long progress = received - now.nodes().stream().mapToLong(n -> n.unsent()).sum();
            if (progress != moved) {
                moved = progress;
                movedAt = System.nanoTime();
            }
            if (now.isSettled() || System.nanoTime() - movedAt > STALLED_AFTER.toNanos()) {
                return now;
            }
        }
    }

    private int status() {
        try (var replica = Replica.openOffline(arguments.directory())) {
            show(replica.status());
        }
        return 0;
    }

    private void show(SyncStatus status) {
        ObjectNode json =
                JsonValues.JSON
                        .createObjectNode()
                        .put("device", status.device().toString())
                        .put("linked", status.linked())
                        .put("level", status.isLevel())
                        .put("on_one_node_only", status.onOneNodeOnly());
        var nodes = json.putArray("nodes");
        var text = new StringJoiner("\n");
        text.add("device  " + status.device());
        for (SyncStatus.NodeStatus node : status.nodes()) {
            nodes.add(json(node));
            text.add("node    %s  %s".formatted(node.url(), node.sentence()));
        }
        if (!status.nodes().isEmpty()) {
            text.add("safety  " + status.safety());
        } else {
            text.add("nodes   none; connect one with ./elohim device connect URL");
        }
        var refusals = json.putArray("refused");
        for (Nodes.Refusal refusal : status.refusals()) {
            refusals.addObject()
                    .put("id", refusal.document().toString())
                    .put("change", refusal.change().map(ContentHash::toString).orElse(""))
                    .put("url", refusal.url())
                    .put("reason", refusal.explanation());
            text.add(
                    "refused %s  %s%s"
                            .formatted(
                                    refusal.document(),
                                    refusal.change().isPresent() ? "" : "as a whole: ",
                                    refusal.explanation()));
        }
        printer.print(json, text.toString());
    }

    private static ObjectNode json(SyncStatus.NodeStatus node) {
        return JsonValues.JSON
                .createObjectNode()
                .put("url", node.url())
                .put("node", node.identity().map(Object::toString).orElse(""))
                .put("state", node.link().name().toLowerCase(Locale.ROOT))
                .put("reason", node.reason())
                .put("unsent", node.unsent())
                .put("level", node.isLevel());
    }

    private int watch(Optional<DocumentId> only) {
        var stopped = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stopped, closed)));
        try (var replica = Replica.open(arguments.directory());
                Subscription _ =
                        replica.subscribe(
                                changed -> {
                                    if (only.isEmpty() || only.get().equals(changed)) {
                                        show(replica.document(changed));
                                    }
                                })) {
            only.ifPresent(id -> show(replica.document(id)));
            // Whoever read what is printed may be gone.
            boolean over = false;
            while (!over) {
                over = stopped.await(LOOK.toMillis(), TimeUnit.MILLISECONDS) || printer.isCut();
            }
        } catch (InterruptedException atOnce) {
            Thread.currentThread().interrupt();
        } finally {
            closed.countDown();
        }
        return 0;
    }

    // The process ends when this returns.
    private static void stop(CountDownLatch stopped, CountDownLatch closed) {
        stopped.countDown();
        try {
            boolean _ = closed.await(CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException atOnce) {
            Thread.currentThread().interrupt();
        }
    }

    private void show(Document document) {
        ObjectNode json = JsonValues.JSON.createObjectNode().put("id", document.id().toString());
        var heads = json.putArray("heads");
        document.heads().stream().map(ContentHash::toString).forEach(heads::add);
        var value = JsonValues.json(document.read());
        json.put("deleted", document.isDeleted());
        json.set("value", value);
        printer.print(json, document.id() + "  " + value);
    }
}
