package org.elohim.node.materialiser;

import org.elohim.cluster.push.Views;
import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.id.DocumentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// What documents say, for clients that are shown it after each change: many of them at once.
///
/// Invariants: of a document one view is made at a time, and one more for all who ask meanwhile; so
/// each is shown what was there when he asked, or more.
public final class SharedViews implements Views {
    private static final Logger LOG = LoggerFactory.getLogger(SharedViews.class);
    // The changes themselves wait for it.
    private static final Duration SHOWN_WITHIN = Duration.ofSeconds(5);

    private final Materialiser materialiser;
    private final Map<DocumentId, Turn> turns = new HashMap<>();

    /// @param next for those who have come since the present one began
    private record Turn(CompletableFuture<View> now, Optional<CompletableFuture<View>> next) {}

    public SharedViews(Materialiser materialiser) {
        this.materialiser = materialiser;
    }

    @Override
    public CompletionStage<View> of(DocumentId document, Grant.OfToken grant) {
        Optional<Refusal> refusal = materialiser.mayNotRead(document, grant);
        return refusal.isPresent()
                ? CompletableFuture.completedFuture(new View.Hidden(refusal.get().words()))
                : turn(document)
                        .copy()
                        .completeOnTimeout(
                                new View.Hidden(
                                        "the document could not be read in time; it is shown with a"
                                                + " later change"),
                                SHOWN_WITHIN.toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    private synchronized CompletableFuture<View> turn(DocumentId document) {
        Turn turn = turns.get(document);
        if (turn == null) {
            return begin(document, new CompletableFuture<>());
        }
        CompletableFuture<View> next = turn.next().orElseGet(CompletableFuture::new);
        turns.put(document, new Turn(turn.now(), Optional.of(next)));
        return next;
    }

    private CompletableFuture<View> begin(DocumentId document, CompletableFuture<View> now) {
        turns.put(document, new Turn(now, Optional.empty()));
        var _ =
                materialiser
                        .read(document, Set.of())
                        .handle(
                                (reading, failed) -> {
                                    now.complete(failed == null ? view(reading) : bug(failed));
                                    return done(document);
                                });
        return now;
    }

    private synchronized boolean done(DocumentId document) {
        Turn turn = turns.remove(document);
        if (turn != null && turn.next().isPresent()) {
            var _ = begin(document, turn.next().get());
        }
        return true;
    }

    private static View view(Reading reading) {
        return switch (reading) {
            case Reading.Shown(var json, var tag, var _, var leftOut) ->
                    new View.Shown(json, tag.text(), leftOut.size());
            case Reading.Unchanged(var _) ->
                    throw new IllegalStateException("nothing was known before");
            case Reading.Refused(var refusal) -> new View.Hidden(refusal.words());
        };
    }

    private static View bug(Throwable failed) {
        LOG.error("a document could not be shown", failed);
        return new View.Hidden("The node made a mistake; its log says which.");
    }
}
