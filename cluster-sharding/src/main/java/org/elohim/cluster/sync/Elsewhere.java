package org.elohim.cluster.sync;

import akka.Done;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/// Where a document may be of which not everything is here: at the other nodes of the family.
///
/// Invariants: whoever asks is answered within a bound, and nothing fails for him; what has come by
/// then is fsynced and in the index.
@FunctionalInterface
public interface Elsewhere {
    /// For a node without a family.
    Elsewhere NOWHERE = (_, _) -> CompletableFuture.completedFuture(Done.done());

    /// Brings over what there is of the document.
    ///
    /// @param mayRead whether whoever asks may have a document of this reach; nothing is brought
    ///   over for anybody else
    CompletionStage<Done> obtain(DocumentId document, Predicate<Reach> mayRead);
}
