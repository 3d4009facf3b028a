package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/// What a node is sent that wants pieces: read as fast as it is taken. Not for several threads.
final class Sending implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sending.class);

    private final Pieces pieces;
    private final List<BlobFrame.Want> wants;
    private final Throttle throttle;
    private int index;
    private Optional<PieceBytes> open = Optional.empty();
    private long at;

    Sending(Pieces pieces, List<BlobFrame.Want> wants, Throttle throttle) {
        this.pieces = pieces;
        this.wants = List.copyOf(wants);
        this.throttle = throttle;
    }

    /// The next frame; nothing at the end.
    Optional<BlobFrame> next() {
        if (index == wants.size()) {
            return Optional.empty();
        }
        BlobFrame next = frame();
        if (next instanceof BlobFrame.Part(_, _, var bytes)) {
            throttle.take(bytes.remaining());
        }
        return Optional.of(next);
    }

    private BlobFrame frame() {
        BlobFrame.Want want = wants.get(index);
        try {
            if (open.isEmpty()) {
                switch (pieces.open(want.piece())) {
                    case Pieces.Opened.Open(var bytes) -> {
                        open = Optional.of(bytes);
                        at = want.from();
                    }
                    case Pieces.Opened.Missing(var why, _) -> {
                        index++;
                        return new BlobFrame.Missing(index - 1, why);
                    }
                }
            }
            if (at == want.to()) {
                close();
                index++;
                return new BlobFrame.End(index - 1);
            }
            return part(want, open.orElseThrow());
        } catch (IOException failed) {
            LOG.info("a piece cannot be sent piece={} reason={}", want.piece(), failed.toString());
            close();
            index++;
            return new BlobFrame.Missing(index - 1, "it cannot be read: " + failed.getMessage());
        }
    }

    private BlobFrame.Part part(BlobFrame.Want want, PieceBytes bytes) throws IOException {
        int most = (int) Math.min(BlobFrames.PART_BYTES_MAX, want.to() - at);
        ByteBuffer part = ByteBuffer.allocate(most);
        while (part.hasRemaining()) {
            ByteBuffer some = bytes.read(at + part.position());
            part.put(some.limit(some.position() + Math.min(some.remaining(), part.remaining())));
        }
        long from = at;
        at += most;
        return new BlobFrame.Part(index, from, part.flip());
    }

    @Override
    public void close() {
        open.ifPresent(
                bytes -> {
                    try {
                        bytes.close();
                    } catch (IOException failed) {
                        LOG.info("a piece was not closed: {}", failed.toString());
                    }
                });
        open = Optional.empty();
    }
}
