package org.elohim.client.command;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.client.Replica;
import org.elohim.client.blob.BlobGot;
import org.elohim.client.blob.BlobProgress;
import org.elohim.client.blob.BlobPut;
import org.elohim.client.blob.BlobReference;
import org.elohim.client.blob.BlobWhere;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.sync.Tier;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The verbs that bring blobs to a node and get them.
final class BlobVerbs {
    /// Until others hold a blob, too, where that is wanted.
    private static final Duration AWAIT_WITHIN = Duration.ofSeconds(60);

    private static final long REDRAW_MILLIS = 200;

    private final Arguments arguments;
    private final Printer printer;
    private final PrintStream out;

    /// @param out where a blob goes that is to be written to the standard output
    BlobVerbs(Arguments arguments, Printer printer, PrintStream out) {
        this.arguments = arguments;
        this.printer = printer;
        this.out = out;
    }

    int carryOut() throws Refused {
        String usage = arguments.size() == 0 ? "" : arguments.word(0) + " " + arguments.size();
        try (var replica = Replica.openOffline(arguments.directory())) {
            return switch (usage) {
                case "put 2" -> put(replica, Path.of(arguments.word(1)));
                case "get 3" -> get(replica, hash(arguments.word(1)), arguments.word(2));
                case "where 2" -> where(replica, hash(arguments.word(1)));
                default -> throw DeviceCommand.unknown(arguments);
            };
        } catch (IOException local) {
            throw new Refused(Refused.ENVIRONMENT, "not done on this machine: " + local);
        }
    }

    private static ContentHash hash(String text) throws Refused {
        try {
            return ContentHash.parse(text);
        } catch (IllegalArgumentException noHash) {
            throw Refused.usage(
                    "'%s' is not the name of a blob, which has 64 digits: %s"
                            .formatted(text, noHash.getMessage()));
        }
    }

    private interface Work<T> {
        T done(BlobProgress progress) throws IOException;
    }

    // Redrawn by a clock, so that it is seen when nothing moves.
    private <T> T shown(Work<T> work) throws IOException {
        if (!printer.showsProgress()) {
            return work.done(BlobProgress.NONE);
        }
        var bar = new BlobBar();
        var over = new CountDownLatch(1);
        Thread drawing = Thread.startVirtualThread(() -> draw(bar, over));
        try {
            return work.done(
                    (stage, done, total) -> bar.moved(stage, done, total, System.nanoTime()));
        } finally {
            over.countDown();
            try {
                drawing.join();
            } catch (InterruptedException atOnce) {
                Thread.currentThread().interrupt();
            }
            printer.progressDone();
        }
    }

    private void draw(BlobBar bar, CountDownLatch over) {
        try {
            while (!over.await(REDRAW_MILLIS, TimeUnit.MILLISECONDS)) {
                printer.progress(bar.line(System.nanoTime()));
            }
        } catch (InterruptedException atOnce) {
            Thread.currentThread().interrupt();
        }
    }

    private int put(Replica replica, Path file) throws Refused, IOException {
        if (!Files.isRegularFile(file)) {
            throw Refused.usage("there is no file " + file);
        }
        BlobPut put =
                shown(
                        progress ->
                                replica.blobs()
                                        .atNodes(arguments.nodes())
                                        .putBlob(
                                                file,
                                                arguments.reach(),
                                                progress,
                                                arguments.tier(),
                                                AWAIT_WITHIN));
        return switch (put) {
            case BlobPut.Kept kept -> kept(kept, file);
            case BlobPut.Refused(var reason) ->
                    throw new Refused(Refused.ENVIRONMENT, "not kept: " + reason);
            case BlobPut.Unreachable(var reason) ->
                    throw new Refused(
                            Refused.ENVIRONMENT,
                            "not there yet: %s; the same command goes on with it"
                                    .formatted(reason));
        };
    }

    private int kept(BlobPut.Kept kept, Path file) throws IOException {
        String type =
                Optional.ofNullable(Files.probeContentType(file)).orElse(BlobReference.ANY_TYPE);
        var reference = new BlobReference(kept.hash(), kept.sizeBytes(), type, kept.reach());
        ObjectNode json =
                JsonValues.JSON
                        .createObjectNode()
                        .put("hash", kept.hash().toString())
                        .put("size", kept.sizeBytes())
                        .put("reach", kept.reach().toString())
                        .put("tier", text(kept.tier()))
                        .put("why", kept.whyNotMore());
        json.set("reference", JsonValues.json(reference.toValue()));
        printer.print(json, kept.hash().toString());
        if (!kept.whyNotMore().isEmpty()) {
            printer.warn("%s only: %s".formatted(text(kept.tier()), kept.whyNotMore()));
        }
        boolean isAtAll = arguments.nodes() == 1 || kept.whyNotMore().isEmpty();
        return kept.tier().compareTo(arguments.tier()) >= 0 && isAtAll ? 0 : Refused.ENVIRONMENT;
    }

    private static String text(Tier tier) {
        return tier.name().toLowerCase(Locale.ROOT);
    }

    private int get(Replica replica, ContentHash hash, String file) throws Refused, IOException {
        boolean isStream = file.equals("-");
        if (!isStream && Files.exists(Path.of(file))) {
            throw Refused.usage(file + " is there already; name another file");
        }
        BlobGot got =
                shown(
                        progress ->
                                isStream
                                        ? replica.blobs().getBlob(hash, out, progress)
                                        : replica.blobs().getBlob(hash, Path.of(file), progress));
        switch (got) {
            case BlobGot.Received(var bytes) -> {
                if (!isStream) {
                    printer.print(
                            JsonValues.JSON
                                    .createObjectNode()
                                    .put("hash", hash.toString())
                                    .put("size", bytes)
                                    .put("file", file),
                            "%s in %s".formatted(BlobBar.size(bytes), file));
                }
            }
            case BlobGot.Absent() -> throw Refused.usage("no node knows a blob " + hash);
            case BlobGot.Refused(var reason) ->
                    throw new Refused(Refused.ENVIRONMENT, "not got: " + reason);
            case BlobGot.Unreachable(var reason) ->
                    throw new Refused(
                            Refused.ENVIRONMENT,
                            isStream
                                    ? "cut off: " + reason
                                    : "not here yet: %s; the same command goes on with it"
                                            .formatted(reason));
        }
        return 0;
    }

    private int where(Replica replica, ContentHash hash) throws Refused {
        switch (replica.blobs().where(hash)) {
            case BlobWhere.Held held -> show(held);
            case BlobWhere.Absent() -> throw Refused.usage("no node knows a blob " + hash);
            case BlobWhere.Refused(var reason) ->
                    throw new Refused(Refused.ENVIRONMENT, "not told: " + reason);
            case BlobWhere.Unreachable(var reason) ->
                    throw new Refused(Refused.ENVIRONMENT, reason);
        }
        return 0;
    }

    private void show(BlobWhere.Held held) {
        ObjectNode json =
                JsonValues.JSON
                        .createObjectNode()
                        .put("hash", held.hash().toString())
                        .put("size", held.sizeBytes())
                        .put("tier", text(held.tier()));
        var nodes = json.putArray("nodes");
        var lines = new StringJoiner("\n");
        lines.add("size    " + BlobBar.size(held.sizeBytes()));
        held.reach().ifPresent(reach -> json.put("reach", reach.toString()));
        held.reach().ifPresent(reach -> lines.add("reach   " + reach));
        lines.add("safety  " + text(held.tier()));
        for (BlobWhere.Holder holder : held.holders()) {
            ObjectNode each =
                    nodes.addObject()
                            .put("node", holder.node())
                            .put("confirmed", holder.confirmed());
            var pieces = each.putArray("pieces");
            holder.pieces().forEach(pieces::add);
            holder.goodSince().ifPresent(moment -> each.put("good_since", moment.toString()));
            lines.add(
                    "node    %s  %s%s%s"
                            .formatted(
                                    holder.node(),
                                    holder.pieces().isEmpty()
                                            ? "nothing yet"
                                            : String.join(", ", holder.pieces()),
                                    holder.goodSince()
                                            .map(moment -> "  checked on its disk " + moment)
                                            .orElse(""),
                                    holder.confirmed() ? "" : "  (as it was told before)"));
        }
        var unheard = json.putArray("unheard");
        for (String node : held.unheard()) {
            unheard.add(node);
            lines.add("node    %s  cannot be asked now".formatted(node));
        }
        printer.print(json, lines.toString());
    }
}
