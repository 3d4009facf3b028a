package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Where a blob may be had that is not here, or not whole.
@FunctionalInterface
public interface BlobElsewhere {
    /// Nobody else is known.
    BlobElsewhere NOWHERE = _ -> CompletableFuture.completedFuture(false);

    /// Brings a blob into the store, checked; answers whether it is there now. Asked once for all
    /// who want it at the time; whoever reads waits for the answer. Fails, with words for a person,
    /// where somebody has it, or may have it, and it cannot be had now.
    CompletionStage<Boolean> obtain(ContentHash blob);
}
