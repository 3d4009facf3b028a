package org.elohim.node.grpc;

import akka.NotUsed;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;

import io.grpc.Status;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.sync.SilenceLimit;
import org.elohim.node.sync.SyncLines;
import org.elohim.protocol.Bytes;

import java.util.concurrent.CompletionStage;

/// Streams of gRPC as carriers of sync: one message is one frame.
///
/// Invariants: the rules are those of `/device`; where the node ends the stream, its status says
/// why.
final class SyncCalls {
    private final SyncLines lines;
    private final boolean readOnly;

    SyncCalls(SyncLines lines, boolean readOnly) {
        this.lines = lines;
        this.readOnly = readOnly;
    }

    CompletionStage<HttpResponse> sync(GrpcCall call) {
        Grant.OfToken grant = call.granted();
        SyncLines.Line line = lines.called(readOnly ? grant.reading() : grant);
        return call.both(
                // Before the frames are put together: a large one takes its time on a slow line.
                bytes ->
                        bytes.via(line.untilEnd())
                                .via(new SilenceLimit<>(SyncLines.SILENCE_MAX, line::silent)),
                Messages.FRAMES,
                Messages.FRAMES,
                frames -> answers(line, frames));
    }

    private static Source<Bytes, NotUsed> answers(
            SyncLines.Line line, Source<Bytes, NotUsed> frames) {
        return frames.via(line.frames())
                .keepAlive(SyncLines.SILENCE_OF_OURS, () -> Bytes.EMPTY)
                .concatLazy(
                        Source.lazySource(
                                () ->
                                        line.refusal()
                                                .<Source<Bytes, NotUsed>>map(
                                                        words ->
                                                                Source.failed(
                                                                        new Refused(
                                                                                Status.Code.ABORTED,
                                                                                words)))
                                                .orElseGet(Source::empty)));
    }
}
