package org.elohim.node.grpc;

import akka.Done;
import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.actor.ClassicActorSystemProvider;
import akka.grpc.GrpcProtocol.GrpcProtocolReader;
import akka.grpc.GrpcProtocol.GrpcProtocolWriter;
import akka.grpc.ProtobufSerializer;
import akka.grpc.Trailers;
import akka.grpc.internal.MissingParameterException;
import akka.grpc.javadsl.GrpcExceptionHandler;
import akka.grpc.javadsl.GrpcMarshalling;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import com.google.protobuf.InvalidProtocolBufferException;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.sync.FrameLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// One call: its bytes as they come in, and the ways to answer it.
///
/// Invariants: whatever goes wrong, the caller gets a status; what it gets of a mistake of the
/// node's is that there is one.
///
/// @param grant what the caller's token allows; nothing where the method needs none
/// @param data the call's bytes, each message of which is within its bounds
record GrpcCall(
        ClassicActorSystemProvider system,
        Materializer materializer,
        Optional<Grant.OfToken> grant,
        Source<ByteString, Object> data,
        GrpcProtocolReader reader,
        GrpcProtocolWriter writer) {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcCall.class);

    /// The same, now that it is known who calls.
    GrpcCall of(Grant.OfToken caller) {
        return new GrpcCall(system, materializer, Optional.of(caller), data, reader, writer);
    }

    Grant.OfToken granted() {
        return grant.orElseThrow();
    }

    /// One message is answered by one.
    <I, O> CompletionStage<HttpResponse> single(
            ProtobufSerializer<I> in,
            ProtobufSerializer<O> out,
            Function<I, CompletionStage<O>> work) {
        return message(in)
                .thenCompose(work)
                .thenApply(
                        answer ->
                                GrpcMarshalling.marshal(
                                        answer, out, writer, system, GrpcCall::statuses))
                .exceptionally(this::failed);
    }

    /// One message is answered by many.
    <I, O> CompletionStage<HttpResponse> many(
            ProtobufSerializer<I> in,
            ProtobufSerializer<O> out,
            Function<I, Source<O, NotUsed>> work) {
        return message(in)
                .thenApply(asked -> stream(work.apply(asked), out))
                .exceptionally(this::failed);
    }

    /// Many messages are answered by one.
    <I, O> CompletionStage<HttpResponse> collected(
            ProtobufSerializer<I> in,
            ProtobufSerializer<O> out,
            Function<Source<I, NotUsed>, CompletionStage<O>> work) {
        return GrpcMarshalling.unmarshalStream(data, in, materializer, reader)
                .thenCompose(work)
                .thenApply(
                        answer ->
                                GrpcMarshalling.marshal(
                                        answer, out, writer, system, GrpcCall::statuses))
                .exceptionally(this::failed);
    }

    private <I> CompletionStage<I> message(ProtobufSerializer<I> in) {
        return GrpcMarshalling.unmarshal(
                data.completionTimeout(FrameLimit.GRACE), in, materializer, reader);
    }

    /// Many messages are answered by many, at the same time.
    ///
    /// @param looked sees the call's bytes first
    <I, O> CompletionStage<HttpResponse> both(
            Function<Source<ByteString, Object>, Source<ByteString, Object>> looked,
            ProtobufSerializer<I> in,
            ProtobufSerializer<O> out,
            Function<Source<I, NotUsed>, Source<O, NotUsed>> work) {
        return GrpcMarshalling.unmarshalStream(looked.apply(data), in, materializer, reader)
                .thenApply(messages -> stream(work.apply(messages), out))
                .exceptionally(this::failed);
    }

    private <O> HttpResponse stream(Source<O, NotUsed> answers, ProtobufSerializer<O> out) {
        return GrpcMarshalling.marshalStream(answers, out, writer, system, GrpcCall::statuses);
    }

    /// The call is refused; what it still sends is not looked at.
    HttpResponse refused(Status.Code code, String words) {
        var _ =
                data.completionTimeout(FrameLimit.GRACE)
                        .runWith(Sink.ignore(), materializer)
                        .exceptionally(_ -> Done.done());
        return failed(new Refused(code, words));
    }

    private HttpResponse failed(Throwable why) {
        return GrpcExceptionHandler.standard(why, GrpcCall::statuses, writer, system);
    }

    private static akka.japi.Function<Throwable, Trailers> statuses(ActorSystem unused) {
        return failed -> new Trailers(status(failed));
    }

    private static Status status(Throwable failed) {
        return switch (failed) {
            case CompletionException wrapped when wrapped.getCause() != null ->
                    status(wrapped.getCause());
            case ExecutionException wrapped when wrapped.getCause() != null ->
                    status(wrapped.getCause());
            case StatusRuntimeException told -> told.getStatus();
            case InvalidProtocolBufferException garbage ->
                    Status.INVALID_ARGUMENT.withDescription(
                            "what was sent is no such message: " + garbage.getMessage());
            case TimeoutException _ ->
                    Status.DEADLINE_EXCEEDED.withDescription(
                            "what was to be sent did not come within "
                                    + FrameLimit.GRACE.toSeconds()
                                    + " s");
            case MissingParameterException _ ->
                    Status.INVALID_ARGUMENT.withDescription("this call needs a message");
            default -> bug(failed);
        };
    }

    private static Status bug(Throwable failed) {
        LOG.error("a gRPC call failed", failed);
        return Status.INTERNAL.withDescription("The node made a mistake; its log says which.");
    }
}
