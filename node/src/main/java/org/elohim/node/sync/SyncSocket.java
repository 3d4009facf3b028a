package org.elohim.node.sync;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ws.BinaryMessage;
import akka.http.javadsl.model.ws.Message;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.Bytes;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// WebSockets as carriers of sync: one binary message is one frame.
///
/// Invariants: nothing is kept of a message that is too large, too slow, or text.
public final class SyncSocket {
    private final SyncLines lines;
    private final Materializer materializer;

    public SyncSocket(SyncLines lines, ActorSystem<?> system) {
        this.lines = lines;
        this.materializer = SystemMaterializer.get(system).materializer();
    }

    /// What a device with this grant speaks to.
    public Flow<Message, Message, NotUsed> called(Grant grant) {
        SyncLines.Line line = lines.called(grant);
        return reading(line).via(line.frames()).map(SyncSocket::message);
    }

    /// What another node of the family speaks to that has called this one.
    public Flow<Message, Message, NotUsed> calledByFamily(Watch watch) {
        return ofFamily(lines.calledByFamily(watch));
    }

    /// What another node of the family speaks to that was called by this one.
    public Flow<Message, Message, NotUsed> callingFamily(Watch watch) {
        return ofFamily(lines.callingFamily(watch));
    }

    // Devices are kept in the know by WebSocket's own pings.
    private Flow<Message, Message, NotUsed> ofFamily(SyncLines.Line line) {
        return reading(line)
                .via(line.frames())
                .keepAlive(SyncLines.SILENCE_OF_OURS, () -> Bytes.EMPTY)
                .map(SyncSocket::message);
    }

    private Flow<Message, Bytes, NotUsed> reading(SyncLines.Line line) {
        return Flow.<Message>create()
                .via(new SilenceLimit<>(SyncLines.SILENCE_MAX, line::silent))
                .mapAsync(1, message -> frame(line, message));
    }

    private static Message message(Bytes frame) {
        return BinaryMessage.create(ByteString.fromByteBuffer(frame.asReadOnlyBuffer()));
    }

    /// The bytes of one message; none where it is refused.
    private CompletionStage<Bytes> frame(SyncLines.Line line, Message message) {
        if (!(message instanceof BinaryMessage binary)) {
            return refused(line, "a text message where frames are binary");
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
                        new FrameParts(System.nanoTime()),
                        (parts, part) -> parts.with(part.toArray(), System.nanoTime()),
                        materializer)
                .thenApply(FrameParts::whole)
                .exceptionallyCompose(
                        _ -> refused(line, "a frame that is too large, too slow or cut off"));
    }

    private static CompletionStage<Bytes> refused(SyncLines.Line line, String reason) {
        line.malformed(reason);
        return CompletableFuture.completedFuture(Bytes.EMPTY);
    }
}
