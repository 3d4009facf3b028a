package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.LargePut;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.blob.transfer.PieceRef;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A piece on its way to the own disk: written in its order, and kept only where it is what it was
/// asked for. Not for several threads.
final class Incoming implements AutoCloseable {
    private final BlobStore store;
    private final PieceRef piece;
    private Writing writing;
    private long written;

    private sealed interface Writing {
        record Small(ByteBuffer content) implements Writing {}

        record Large(LargePut put) implements Writing {}
    }

    private Incoming(BlobStore store, PieceRef piece, Writing writing, long written) {
        this.store = store;
        this.piece = piece;
        this.writing = writing;
        this.written = written;
    }

    /// What is made here, and made anew where it ends in between.
    static Incoming made(BlobStore store, PieceRef piece) throws IOException {
        Writing writing =
                store.isSmall(piece.lengthBytes())
                        ? small(piece)
                        : new Writing.Large(store.beginLarge());
        return new Incoming(store, piece, writing, 0);
    }

    /// What is fetched: of a large piece it goes on with what has come before.
    static Incoming fetched(BlobStore store, PieceRef piece) throws IOException {
        if (store.isSmall(piece.lengthBytes())) {
            return new Incoming(store, piece, small(piece), 0);
        }
        Optional<LargePut> rested = store.goOn(name(piece));
        if (rested.isPresent() && rested.get().contentBytes() <= piece.lengthBytes()) {
            LargePut put = rested.get();
            return new Incoming(store, piece, new Writing.Large(put), put.contentBytes());
        }
        if (rested.isPresent()) {
            rested.get().close();
        }
        return new Incoming(store, piece, large(store, piece), 0);
    }

    private static Writing small(PieceRef piece) {
        return new Writing.Small(ByteBuffer.allocate((int) piece.lengthBytes()));
    }

    private static Writing large(BlobStore store, PieceRef piece) throws IOException {
        return new Writing.Large(store.beginLarge(name(piece)));
    }

    private static UnfinishedBlobs.Name name(PieceRef piece) {
        return UnfinishedBlobs.Name.ofNode(piece.key());
    }

    PieceRef piece() {
        return piece;
    }

    /// How much of it has come.
    long written() {
        return written;
    }

    void write(ByteBuffer part) throws IOException {
        int count = part.remaining();
        if (written + count > piece.lengthBytes()) {
            throw new IOException("longer than it should be: " + piece);
        }
        switch (writing) {
            case Writing.Small(var content) -> content.put(part);
            case Writing.Large(var put) -> put.write(part);
        }
        written += count;
    }

    /// Forgets all that has come.
    void beginAgain() throws IOException {
        close();
        writing = store.isSmall(piece.lengthBytes()) ? small(piece) : large(store, piece);
        written = 0;
    }

    /// How it has ended.
    enum Kept {
        KEPT,
        /// The content was another one.
        ANOTHER,
        NO_ROOM,
        FAILED
    }

    /// All has come; returns once it is on the disk.
    Kept keep() throws IOException {
        if (written < piece.lengthBytes()) {
            return Kept.ANOTHER;
        }
        Outcome outcome =
                switch (writing) {
                    case Writing.Small(var content) -> {
                        BlobStore.Putting putting = store.put(content.duplicate().flip());
                        if (!putting.key().equals(piece.key())) {
                            yield new Outcome.Absent();
                        }
                        yield putting.outcome().toCompletableFuture().join();
                    }
                    case Writing.Large(var put) ->
                            put.finish().equals(piece.key())
                                    ? put.keep(piece.key())
                                    : new Outcome.Absent();
                };
        return switch (outcome) {
            case Outcome.Done() -> {
                // What was fetched of it before it was made here.
                store.dropUnfinished(name(piece));
                yield Kept.KEPT;
            }
            case Outcome.Absent() -> Kept.ANOTHER;
            case Outcome.Full _ -> Kept.NO_ROOM;
            case Outcome.Failed _ -> Kept.FAILED;
        };
    }

    /// No more comes for now; what has come of a large piece stays.
    void rest() throws IOException {
        if (writing instanceof Writing.Large(var put)) {
            put.rest();
        }
    }

    @Override
    public void close() throws IOException {
        if (writing instanceof Writing.Large(var put)) {
            put.close();
        }
    }
}
