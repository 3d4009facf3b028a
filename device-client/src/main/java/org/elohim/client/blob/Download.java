package org.elohim.client.blob;

import org.elohim.client.blob.BlobProgress.Stage;
import org.elohim.client.blob.Exchange.Answer;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/// Gets one blob from a node, and goes on where it was cut off.
///
/// Invariants: a file has its name only once all of it is on the disk and was seen to be what its
/// hash says.
final class Download {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int NAMED_DIGITS = 16;
    private static final int PARTIAL = 206;
    private static final int NO_SUCH_RANGE = 416;

    private final Exchange exchange;
    private final BlobOptions options;
    private final BlobProgress progress;
    private final Tries tries;

    Download(Exchange exchange, BlobOptions options, BlobProgress progress) {
        this.exchange = exchange;
        this.options = options;
        this.progress = progress;
        this.tries = new Tries(options);
    }

    BlobGot run(ContentHash hash, OutputStream out) throws IOException {
        BlobGot got = run(hash, new Sink.OfStream(out));
        out.flush();
        return got;
    }

    BlobGot run(ContentHash hash, Path target) throws IOException {
        Path whole = target.toAbsolutePath();
        Path part =
                whole.resolveSibling(
                        ".%s.%s.part"
                                .formatted(
                                        whole.getFileName(),
                                        hash.toString().substring(0, NAMED_DIGITS)));
        boolean isEmpty = false;
        try (FileChannel file =
                        FileChannel.open(
                                part,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                FileLock _ = locked(file, part)) {
            var sink = new Sink.OfFile(file);
            readAgain(file, sink);
            BlobGot got = run(hash, sink);
            if (got instanceof BlobGot.Received) {
                file.force(true);
                Files.move(
                        part,
                        whole,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                syncDirectoryOf(whole);
            } else {
                isEmpty = file.size() == 0;
            }
            return got;
        } finally {
            if (isEmpty) {
                Files.deleteIfExists(part);
            }
        }
    }

    private static FileLock locked(FileChannel file, Path part) throws IOException {
        try {
            Optional<FileLock> lock = Optional.ofNullable(file.tryLock());
            if (lock.isPresent()) {
                return lock.get();
            }
        } catch (OverlappingFileLockException own) {
            throw new IOException("it is being got already, into " + part, own);
        }
        throw new IOException("another process is getting it already, into " + part);
    }

    private void readAgain(FileChannel file, Sink sink) throws IOException {
        byte[] bytes = new byte[BUFFER_BYTES];
        long total = file.size();
        int count = file.read(ByteBuffer.wrap(bytes), 0);
        while (count > 0) {
            sink.took(bytes, count);
            progress.moved(Stage.HASHING, sink.have(), total);
            count = file.read(ByteBuffer.wrap(bytes), sink.have());
        }
    }

    // Where that is not possible at all the file is there all the same.
    private static void syncDirectoryOf(Path file) throws IOException {
        try (FileChannel directory =
                FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /// What follows from an answer.
    private sealed interface Step {
        record End(BlobGot outcome) implements Step {}

        record Whole() implements Step {}

        record Again(Duration least, String reason) implements Step {}
    }

    private BlobGot run(ContentHash hash, Sink sink) throws IOException {
        boolean fromFirstByte = sink.have() == 0;
        long farthest = sink.have();
        while (true) {
            Step step;
            try {
                step = receive(hash, sink);
            } catch (LocalFailure local) {
                throw local;
            } catch (IOException cut) {
                step = new Step.Again(Duration.ZERO, String.valueOf(cut.getMessage()));
            }
            if (sink.have() > farthest) {
                farthest = sink.have();
                tries.movedOn();
            }
            switch (step) {
                case Step.End(var outcome) -> {
                    return outcome;
                }
                case Step.Whole() -> {
                    long size = sink.have();
                    if (sink.is(hash)) {
                        return new BlobGot.Received(size);
                    }
                    boolean isAgain = sink.beginsAnew() && !fromFirstByte;
                    if (!isAgain) {
                        return new BlobGot.Refused(
                                "what the node has sent is not the blob of this name; nothing of"
                                        + " it is to be used");
                    }
                    // What lay here from an earlier try may be to blame.
                    fromFirstByte = true;
                    farthest = 0;
                }
                case Step.Again(var least, var reason) -> {
                    if (!tries.again(least)) {
                        return new BlobGot.Unreachable(reason);
                    }
                }
            }
        }
    }

    private Step receive(ContentHash hash, Sink sink) throws IOException {
        HttpRequest.Builder request = exchange.request("/blobs/" + hash).GET();
        if (sink.have() > 0) {
            request.header("Range", "bytes=" + sink.have() + "-");
        }
        HttpResponse<InputStream> response = exchange.send(request.build(), options.silence());
        return switch (response.statusCode()) {
            case 200 -> whole(response, sink);
            case PARTIAL -> rest(response, sink);
            case NO_SUCH_RANGE -> atItsEnd(response, sink);
            default -> refusal(exchange.answer(response));
        };
    }

    private Step whole(HttpResponse<InputStream> response, Sink sink) throws IOException {
        // Somebody in between knows no ranges.
        long skipped = sink.have() > 0 && !sink.beginsAnew() ? sink.have() : 0;
        long total = response.headers().firstValueAsLong("Content-Length").orElse(-1);
        return read(response, sink, skipped, total);
    }

    private Step rest(HttpResponse<InputStream> response, Sink sink) throws IOException {
        Optional<ByteRange> range = rangeOf(response);
        if (range.isEmpty() || range.get().from() != sink.have()) {
            // Not what was asked for; closing ends it.
            Answer _ = exchange.answer(response);
            return new Step.End(
                    new BlobGot.Refused("the node sends another part than was asked for"));
        }
        return read(response, sink, 0, range.get().total());
    }

    private static Optional<ByteRange> rangeOf(HttpResponse<?> response) {
        return response.headers().firstValue("Content-Range").flatMap(ByteRange::parse);
    }

    private Step atItsEnd(HttpResponse<InputStream> response, Sink sink) throws IOException {
        Optional<ByteRange> range = rangeOf(response);
        Answer answer = exchange.answer(response);
        if (range.isPresent() && range.get().total() == sink.have()) {
            return new Step.Whole();
        }
        // There is more here than there is to be.
        return sink.beginsAnew()
                ? new Step.Again(Duration.ZERO, answer.words())
                : new Step.End(new BlobGot.Refused(answer.words()));
    }

    private Step read(HttpResponse<InputStream> response, Sink sink, long skipped, long total)
            throws IOException {
        return exchange.watched(
                response,
                body -> {
                    body.skipNBytes(skipped);
                    byte[] bytes = new byte[BUFFER_BYTES];
                    int count = body.read(bytes);
                    while (count >= 0) {
                        sink.take(bytes, count);
                        exchange.moves(count);
                        progress.moved(Stage.RECEIVING, sink.have(), total);
                        count = body.read(bytes);
                    }
                    return total < 0 || sink.have() == total
                            ? new Step.Whole()
                            : new Step.Again(
                                    Duration.ZERO,
                                    "the connection was cut off after %d of %d bytes"
                                            .formatted(sink.have(), total));
                });
    }

    private static Step refusal(Answer answer) {
        return switch (answer.status()) {
            case 404 -> new Step.End(new BlobGot.Absent());
            case 408, 429, 502, 503, 504 ->
                    new Step.Again(
                            Duration.ofSeconds(answer.retryAfterSeconds().orElse(0L)),
                            answer.words());
            default -> new Step.End(new BlobGot.Refused(answer.words()));
        };
    }
}
