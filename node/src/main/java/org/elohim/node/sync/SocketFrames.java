package org.elohim.node.sync;

import akka.NotUsed;
import akka.http.javadsl.model.ws.BinaryMessage;
import akka.http.javadsl.model.ws.Message;
import akka.stream.Materializer;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;

import org.elohim.protocol.Bytes;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// What frames are to a WebSocket: one binary message is one frame.
///
/// Invariants: nothing is kept of a message that is too large, too slow, or text.
final class SocketFrames {
    static final String TOO_MUCH = "a frame that is too large, too slow or cut off";

    private SocketFrames() {}

    /// The frames that come in, one at a time; an empty one for what is none.
    ///
    /// @param malformed hears in words what is wrong with that
    static Flow<Message, Bytes, NotUsed> reading(
            int bytesMax, Materializer materializer, Consumer<String> malformed) {
        return Flow.<Message>create()
                .mapAsync(1, message -> frame(message, bytesMax, materializer, malformed));
    }

    static Message message(Bytes frame) {
        return BinaryMessage.create(ByteString.fromByteBuffer(frame.asReadOnlyBuffer()));
    }

    private static CompletionStage<Bytes> frame(
            Message message, int bytesMax, Materializer materializer, Consumer<String> malformed) {
        if (!(message instanceof BinaryMessage binary)) {
            return refused("a text message where frames are binary", malformed);
        }
        if (binary.isStrict()) {
            return CompletableFuture.completedFuture(
                    Bytes.copyOf(binary.getStrictData().toArray()));
        }
        // A failure of the stream would end the connection without a word to the device, and with
        // an error in the log of the node, as often as anybody likes.
        return binary.getStreamedData()
                .idleTimeout(FrameLimit.GRACE)
                .runFold(
                        new Collected(bytesMax, () -> malformed.accept(TOO_MUCH)),
                        (collected, part) -> collected.take(part.toArray()),
                        materializer)
                .thenApply(collected -> collected.whole().orElse(Bytes.EMPTY))
                .exceptionallyCompose(_ -> refused(TOO_MUCH, malformed));
    }

    private static CompletionStage<Bytes> refused(String reason, Consumer<String> malformed) {
        malformed.accept(reason);
        return CompletableFuture.completedFuture(Bytes.EMPTY);
    }
}
