package org.elohim.client.blob;

import org.elohim.client.blob.BlobProgress.Stage;
import org.elohim.client.blob.Exchange.Answer;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalLong;

/// Brings one file to a node, in parts, and goes on where it was cut off.
///
/// The node says how far it has come, never this side: so it does not matter which of both began
/// anew in between.
final class Upload {
    // Nothing is gained by parts.
    private static final int WHOLE_BYTES_MAX = 1 << 20;
    private static final int BUFFER_BYTES = 256 << 10;
    // A node takes no longer time-outs.
    private static final long AWAIT_SECONDS_MAX = 300;

    private final Exchange exchange;
    private final BlobOptions options;
    private final Optional<Reach> reach;
    private final BlobProgress progress;
    private final Tier wanted;
    private final Duration within;
    private final Tries tries;

    /// What follows from an answer.
    private sealed interface Step {
        record GoOn(long offset) implements Step {}

        record End(BlobPut outcome) implements Step {}

        record Again(Duration least, String reason) implements Step {}
    }

    /// @param reach how far it may travel, where that is said
    /// @param within so long the node may take until the wanted tier is reached
    Upload(
            Exchange exchange,
            BlobOptions options,
            Optional<Reach> reach,
            BlobProgress progress,
            Tier wanted,
            Duration within) {
        this.exchange = exchange;
        this.options = options;
        this.reach = reach;
        this.progress = progress;
        this.wanted = wanted;
        this.within = within;
        this.tries = new Tries(options);
    }

    BlobPut run(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            // What is appended from now on is not what has that name.
            Named named = named(file);
            return run(file, named.hash(), named.sizeBytes());
        }
    }

    private record Named(ContentHash hash, long sizeBytes) {}

    private Named named(FileChannel file) throws IOException {
        MessageDigest digest = ContentHash.sha256();
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long total = file.size();
        long hashed = 0;
        while (file.read(buffer, hashed) >= 0) {
            hashed += buffer.position();
            digest.update(buffer.flip());
            buffer.clear();
            progress.moved(Stage.HASHING, hashed, Math.max(total, hashed));
        }
        return new Named(new ContentHash(Bytes.copyOf(digest.digest())), hashed);
    }

    private BlobPut run(FileChannel file, ContentHash hash, long size) throws IOException {
        boolean inParts = size > WHOLE_BYTES_MAX;
        // Where it stands is not known.
        OptionalLong offset = inParts ? OptionalLong.empty() : OptionalLong.of(0);
        long farthest = 0;
        while (true) {
            Step step;
            try {
                step =
                        offset.isEmpty()
                                ? offsetOf(hash, size)
                                : send(file, hash, size, offset.getAsLong(), inParts);
            } catch (LocalFailure local) {
                throw local;
            } catch (IOException cut) {
                step = new Step.Again(Duration.ZERO, String.valueOf(cut.getMessage()));
            }
            switch (step) {
                case Step.End(var outcome) -> {
                    return outcome;
                }
                case Step.GoOn(var now) when now >= 0 && now < size -> {
                    if (now > farthest) {
                        farthest = now;
                        tries.movedOn();
                    } else if (offset.isPresent() && !tries.again(Duration.ZERO)) {
                        return new BlobPut.Unreachable(
                                "the node does not come further than %d of %d bytes"
                                        .formatted(now, size));
                    }
                    offset = OptionalLong.of(now);
                }
                case Step.GoOn(var now) -> {
                    return new BlobPut.Refused(
                            "the node says that it has %d of %d bytes, which cannot be"
                                    .formatted(now, size));
                }
                case Step.Again(var least, var reason) -> {
                    if (!tries.again(least)) {
                        return new BlobPut.Unreachable(reason);
                    }
                    offset = inParts ? OptionalLong.empty() : offset;
                }
            }
        }
    }

    private Step offsetOf(ContentHash hash, long size) throws IOException {
        Answer answer =
                exchange.ask(
                        exchange.request("/blobs/" + hash + "/upload" + query(false))
                                .GET()
                                .build());
        if (answer.status() != 200) {
            return refusal(answer);
        }
        if (answer.json().path("complete").asBoolean(false)) {
            progress.moved(Stage.SENDING, size, size);
            return new Step.End(kept(hash, size, answer));
        }
        return new Step.GoOn(answer.json().path("offset").asLong(-1));
    }

    private Step send(FileChannel file, ContentHash hash, long size, long offset, boolean inParts)
            throws IOException {
        long end = inParts ? Math.min(size, offset + options.partBytes()) : size;
        boolean isLast = end == size;
        HttpRequest.Builder request =
                exchange.request("/blobs/" + hash + query(isLast))
                        .header("Content-Type", BlobReference.ANY_TYPE)
                        .PUT(body(file, offset, end, size));
        if (inParts) {
            request.header("Content-Range", "bytes %d-%d/%d".formatted(offset, end - 1, size));
            // A node that does not want it says so before it was sent.
            request.expectContinue(true);
        }
        Duration patience = isLast ? options.silence().plus(within) : options.silence();
        HttpResponse<InputStream> response = exchange.send(request.build(), patience);
        Answer answer = exchange.answer(response);
        return switch (answer.status()) {
            case 201 -> new Step.End(kept(hash, size, answer));
            case 202 -> new Step.GoOn(answer.json().path("offset").asLong(-1));
            case 409 ->
                    answer.json().has("offset")
                            ? new Step.GoOn(answer.json().path("offset").asLong(-1))
                            : refusal(answer);
            case 422 ->
                    new Step.End(
                            new BlobPut.Refused(
                                    "the file was changed while it was sent: " + answer.words()));
            default -> refusal(answer);
        };
    }

    // Each part says how far the blob may travel, so that the first one is refused where it may
    // not.
    private String query(boolean isLast) {
        var said = new ArrayList<String>();
        reach.ifPresent(level -> said.add("reach=" + level));
        if (isLast && wanted != Tier.ACCEPTED) {
            // Nodes do not wait for more.
            said.add("await=durable");
            said.add("timeout=" + Math.min(within.toSeconds(), AWAIT_SECONDS_MAX));
        }
        return said.isEmpty() ? "" : "?" + String.join("&", said);
    }

    private BodyPublisher body(FileChannel file, long offset, long end, long size) {
        if (end == 0) {
            return BodyPublishers.noBody();
        }
        return BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(
                        () ->
                                new FilePart(
                                        file,
                                        offset,
                                        end,
                                        at -> {
                                            exchange.moves(1);
                                            progress.moved(Stage.SENDING, at, size);
                                        })),
                end - offset);
    }

    private static Step refusal(Answer answer) {
        return switch (answer.status()) {
            case 408, 429, 500, 502, 503, 504 ->
                    new Step.Again(
                            Duration.ofSeconds(answer.retryAfterSeconds().orElse(0L)),
                            answer.words());
            default -> new Step.End(new BlobPut.Refused(answer.words()));
        };
    }

    private BlobPut kept(ContentHash hash, long size, Answer answer) throws IOException {
        Tier tier = Whereabouts.tier(answer.json());
        // A node that says nothing of it lets every blob count as of the narrowest.
        Reach told = Whereabouts.reach(answer.json()).orElse(Reach.DEFAULT);
        var kept = new BlobPut.Kept(hash, size, told, tier, answer.json().path("why").asText(""));
        return tier.compareTo(wanted) >= 0 || !kept.whyNotMore().isEmpty()
                ? kept
                : new Whereabouts(exchange, options, progress).await(kept, wanted, within);
    }
}
