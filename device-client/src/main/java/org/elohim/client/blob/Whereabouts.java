package org.elohim.client.blob;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.client.blob.BlobProgress.Stage;
import org.elohim.client.blob.Exchange.Answer;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Asks a node who holds what of a blob.
final class Whereabouts {
    private static final String NOT_TOLD =
            "the node has it, and does not say whether others of its family do";

    private final Exchange exchange;
    private final BlobOptions options;
    private final BlobProgress progress;

    Whereabouts(Exchange exchange, BlobOptions options, BlobProgress progress) {
        this.exchange = exchange;
        this.options = options;
        this.progress = progress;
    }

    /// What the node says of the tier; the least where it says nothing that is known here.
    static Tier tier(JsonNode json) {
        String said = json.path("tier").asText("").toUpperCase(Locale.ROOT);
        for (Tier tier : Tier.values()) {
            if (tier.name().equals(said)) {
                return tier;
            }
        }
        return Tier.ACCEPTED;
    }

    /// What the node says of how far it may travel.
    static Optional<Reach> reach(JsonNode json) {
        try {
            return Optional.of(Reach.parse(json.path("reach").asText("")));
        } catch (IllegalArgumentException unknown) {
            return Optional.empty();
        }
    }

    /// Asks again and again until the blob is as safe as wanted, or the time is up.
    BlobPut await(BlobPut.Kept kept, Tier wanted, Duration within) throws IOException {
        ContentHash hash = kept.hash();
        long size = kept.sizeBytes();
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            BlobWhere where = ask(hash);
            String why =
                    switch (where) {
                        case BlobWhere.Held held when held.tier().compareTo(wanted) >= 0 -> "";
                        case BlobWhere.Held held ->
                                held.unheard().isEmpty()
                                        ? "not enough other nodes hold it yet"
                                        : "not enough other nodes hold it yet; not reached: "
                                                + String.join(", ", held.unheard());
                        case BlobWhere.Absent _ -> NOT_TOLD;
                        case BlobWhere.Refused(var reason) -> reason;
                        case BlobWhere.Unreachable(var reason) -> reason;
                    };
            Tier tier = where instanceof BlobWhere.Held held ? held.tier() : Tier.ACCEPTED;
            boolean isOver =
                    why.isEmpty()
                            || where instanceof BlobWhere.Absent
                            || where instanceof BlobWhere.Refused
                            || System.nanoTime() - deadline >= 0;
            if (isOver) {
                return new BlobPut.Kept(hash, size, kept.reach(), tier, why);
            }
            progress.moved(Stage.WAITING, size, size);
            boolean _ = new Tries(options).again(options.pauseMax().dividedBy(5));
        }
    }

    BlobWhere ask(ContentHash hash) {
        Answer answer;
        boolean isThere;
        try {
            answer = exchange.ask(exchange.request("/blobs/" + hash + "/where").GET().build());
            isThere = answer.status() == 404 && isThere(hash);
        } catch (IOException cut) {
            return new BlobWhere.Unreachable(String.valueOf(cut.getMessage()));
        }
        return switch (answer.status()) {
            case 200 -> held(hash, answer.json());
            case 404 -> isThere ? new BlobWhere.Refused(NOT_TOLD) : new BlobWhere.Absent();
            case 408, 429, 500, 502, 503, 504 -> new BlobWhere.Unreachable(answer.words());
            default -> new BlobWhere.Refused(answer.words());
        };
    }

    // A node that does not know the question may have the blob.
    private boolean isThere(ContentHash hash) throws IOException {
        var request =
                exchange.request("/blobs/" + hash)
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build();
        return exchange.ask(request).status() == 200;
    }

    private static BlobWhere.Held held(ContentHash hash, JsonNode json) {
        List<BlobWhere.Holder> holders = new ArrayList<>();
        for (JsonNode each : json.path("nodes")) {
            holders.add(
                    new BlobWhere.Holder(
                            each.path("node").asText(""),
                            texts(each.path("pieces")),
                            each.path("confirmed").asBoolean(false),
                            moment(each.path("good_since").asText(""))));
        }
        return new BlobWhere.Held(
                hash,
                json.path("size").asLong(0),
                reach(json),
                tier(json),
                holders,
                texts(json.path("unheard")));
    }

    private static Optional<Instant> moment(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
        } catch (DateTimeParseException unknown) {
            return Optional.empty();
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText("")));
        return texts;
    }
}
