package org.elohim.node.sync;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ws.Message;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Flow;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.sync.SyncCodec;

/// WebSockets as carriers of sync.
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
        return reading(line).via(line.frames()).map(SocketFrames::message);
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
                .map(SocketFrames::message);
    }

    private Flow<Message, Bytes, NotUsed> reading(SyncLines.Line line) {
        return Flow.<Message>create()
                .via(new SilenceLimit<>(SyncLines.SILENCE_MAX, line::silent))
                .via(
                        SocketFrames.reading(
                                SyncCodec.FRAME_BYTES_MAX, materializer, line::malformed));
    }
}
