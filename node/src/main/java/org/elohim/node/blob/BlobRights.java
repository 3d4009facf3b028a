package org.elohim.node.blob;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// What a bearer may do with a blob, by its reach.
///
/// Invariants: what may not be seen is as what is not there; where a bearer may do it with all of
/// them, nobody is asked first.
public final class BlobRights {
    private final BlobKeeper keeper;

    public BlobRights(BlobKeeper keeper) {
        this.keeper = keeper;
    }

    /// What a bearer may do with one blob.
    public enum Verdict {
        ALLOWED,
        /// It may be seen, and no more.
        SEEN,
        /// There is none, as far as this bearer is told.
        ABSENT
    }

    /// Whether nothing has to be known of a blob to allow it.
    private static boolean allowsAll(Grant.OfToken grant, Access access) {
        return grant.allowsBlobs(access, Reach.PRIVATE);
    }

    /// Answers with this, or as if it were not there.
    public <T> CompletionStage<T> reading(
            Grant.OfToken grant,
            ContentHash blob,
            Supplier<CompletionStage<T>> answer,
            Supplier<T> absent) {
        if (allowsAll(grant, Access.READ)) {
            return answer.get();
        }
        return keeper.reach(blob)
                .thenCompose(
                        reach ->
                                mayRead(grant, reach)
                                        ? answer.get()
                                        : CompletableFuture.completedFuture(absent.get()));
    }

    private static boolean mayRead(Grant.OfToken grant, Optional<Reach> reach) {
        return reach.filter(known -> grant.allowsBlobs(Access.READ, known)).isPresent();
    }

    /// Whether it may be changed.
    public CompletionStage<Verdict> writing(Grant.OfToken grant, ContentHash blob) {
        if (allowsAll(grant, Access.WRITE)) {
            return CompletableFuture.completedFuture(Verdict.ALLOWED);
        }
        return keeper.reach(blob)
                .thenApply(
                        reach -> {
                            if (!mayRead(grant, reach)) {
                                return Verdict.ABSENT;
                            }
                            return reach.filter(known -> grant.allowsBlobs(Access.WRITE, known))
                                            .isPresent()
                                    ? Verdict.ALLOWED
                                    : Verdict.SEEN;
                        });
    }

    /// Whether the bearer may know that this blob is there, of this reach or a wider one.
    public CompletionStage<Optional<Reach>> seen(
            Grant.OfToken grant, ContentHash blob, Reach atLeast) {
        return keeper.reach(blob)
                .thenApply(
                        reach ->
                                reach.filter(known -> grant.allowsBlobs(Access.READ, known))
                                        .filter(known -> known.compareTo(atLeast) >= 0));
    }
}
