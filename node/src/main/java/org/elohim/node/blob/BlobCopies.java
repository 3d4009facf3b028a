package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Who sees to the copies of blobs in the family, and has to hear of each that comes or goes.
public interface BlobCopies {
    /// Of a store that stands alone.
    static BlobCopies alone(BlobStore store) {
        return new BlobCopies() {
            @Override
            public CompletionStage<Outcome> accepted(
                    ContentHash blob, long bytes, Reach reach, long lettingsGo) {
                return CompletableFuture.completedFuture(new Outcome.Done());
            }

            @Override
            public CompletionStage<Outcome> letGo(ContentHash blob) {
                return store.references(blob, 0);
            }

            @Override
            public CompletionStage<Optional<Reach>> reach(ContentHash blob) {
                boolean isWanted = store.referencesOf(blob).orElse(0) > 0;
                return CompletableFuture.completedFuture(
                        isWanted ? Optional.of(Reach.DEFAULT) : Optional.empty());
            }
        };
    }

    /// As long as there is nobody: at the end of the actors, until others begin.
    BlobCopies NOBODY =
            new BlobCopies() {
                @Override
                public CompletionStage<Outcome> accepted(
                        ContentHash blob, long bytes, Reach reach, long lettingsGo) {
                    return notNow();
                }

                @Override
                public CompletionStage<Outcome> letGo(ContentHash blob) {
                    return notNow();
                }

                @Override
                public CompletionStage<Optional<Reach>> reach(ContentHash blob) {
                    return CompletableFuture.completedFuture(Optional.empty());
                }

                private CompletionStage<Outcome> notNow() {
                    return CompletableFuture.completedFuture(
                            new Outcome.Failed("the node is just starting or stopping"));
                }
            };

    /// It was put, and is on the disk, where it says of itself that it is wanted.
    ///
    /// @param reach how far it may travel, as whoever put it says
    /// @param lettingsGo [BlobStore#lettingsGo] from before it was put
    CompletionStage<Outcome> accepted(ContentHash blob, long bytes, Reach reach, long lettingsGo);

    /// Nobody wants it any more.
    CompletionStage<Outcome> letGo(ContentHash blob);

    /// How far a blob may travel; nothing where none is known that anybody wants.
    CompletionStage<Optional<Reach>> reach(ContentHash blob);
}
