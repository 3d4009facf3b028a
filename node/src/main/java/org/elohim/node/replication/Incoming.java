package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.LargePut;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.blob.transfer.PieceRef;

import java.io.IOException;
import java.nio.ByteBuffer;

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

    Incoming(BlobStore store, PieceRef piece) throws IOException {
        this.store = store;
        this.piece = piece;
        this.writing = begin();
    }

    private Writing begin() throws IOException {
        return store.isSmall(piece.lengthBytes())
                ? new Writing.Small(ByteBuffer.allocate((int) piece.lengthBytes()))
                : new Writing.Large(store.beginLarge());
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
        writing = begin();
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
            case Outcome.Done() -> Kept.KEPT;
            case Outcome.Absent() -> Kept.ANOTHER;
            case Outcome.Full _ -> Kept.NO_ROOM;
            case Outcome.Failed _ -> Kept.FAILED;
        };
    }

    @Override
    public void close() throws IOException {
        if (writing instanceof Writing.Large(var put)) {
            put.close();
        }
    }
}
