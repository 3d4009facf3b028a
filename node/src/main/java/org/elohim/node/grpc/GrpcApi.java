package org.elohim.node.grpc;

import akka.actor.typed.ActorSystem;
import akka.grpc.GrpcProtocol.GrpcProtocolReader;
import akka.grpc.GrpcProtocol.GrpcProtocolWriter;
import akka.grpc.ServiceDescription;
import akka.grpc.internal.CancellationBarrierGraphStage;
import akka.grpc.javadsl.GrpcMarshalling;
import akka.grpc.javadsl.ServerReflection;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.japi.function.Function;
import akka.stream.KillSwitches;
import akka.stream.Materializer;
import akka.stream.SharedKillSwitch;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import com.google.protobuf.Descriptors.FileDescriptor;

import io.grpc.Status;

import org.elohim.cluster.family.FamilyView;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.api.Bearers;
import org.elohim.node.api.NodeRoutes;
import org.elohim.node.blob.Blobs;
import org.elohim.node.materialiser.Contents;
import org.elohim.node.sync.SyncLines;
import org.elohim.protocol.health.wire.HealthProto;
import org.elohim.protocol.node.wire.NodeProto;
import org.elohim.protocol.sync.SyncCodec;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// The table of everything the node serves over gRPC, and what is said where nothing is served.
///
/// Invariants: no byte of a call is looked at before it is known who calls, except where nobody
/// needs a token; every call is answered by a status.
public final class GrpcApi {
    // To hear why, for a caller that still sends what is not looked at any more.
    private static final Duration LINGER_MAX = Duration.ofSeconds(10);
    // Whoever asks names what he asks for.
    private static final int QUESTION_BYTES_MAX = 64 << 10;
    // Beside the text, the document's name and what is written over.
    private static final int DOCUMENT_BYTES_MAX = Contents.JSON_BYTES_MAX + (1 << 10);
    private static final String TYPE = "application/grpc";
    private static final String NODE = "elohim.node.v1.ElohimNode";
    private static final String HEALTH = "grpc.health.v1.Health";
    private static final String REFLECTION = "grpc.reflection.v1alpha.ServerReflection";

    private final ActorSystem<?> system;
    private final Materializer materializer;
    private final Bearers bearers;
    private final Map<String, Method> methods;
    private final Function<HttpRequest, CompletionStage<HttpResponse>> reflection;

    @FunctionalInterface
    private interface Work {
        CompletionStage<HttpResponse> answer(GrpcCall call);
    }

    /// @param messageBytesMax of what is sent to it
    private record Method(boolean needsToken, int messageBytesMax, Work work) {}

    private record Service(String name, FileDescriptor descriptor) implements ServiceDescription {}

    /// What is served, and by what.
    ///
    /// @param intake where it is closed, devices are sent away
    /// @param readOnly whether devices may only look, since this node is an observer
    public record Parts(
            SyncLines lines,
            Intake intake,
            boolean readOnly,
            Contents contents,
            Blobs blobs,
            NodeRoutes.Facts facts,
            Supplier<FamilyView> family,
            Bearers bearers) {}

    public GrpcApi(ActorSystem<?> system, Parts parts) {
        this.system = system;
        this.materializer = SystemMaterializer.get(system).materializer();
        this.bearers = parts.bearers();
        var sync = new SyncCalls(parts.lines(), parts.readOnly());
        var documents = new DocumentCalls(parts.contents(), parts.intake(), parts.readOnly());
        var blobs = new BlobCalls(parts.blobs(), parts.intake(), parts.readOnly(), materializer);
        var health = new HealthCalls(parts.facts().health(), Set.of(NODE, HEALTH));
        var status = new StatusCalls(parts.facts(), parts.family());
        this.methods =
                Map.of(
                        path(NODE, "Sync"),
                        new Method(
                                true,
                                SyncCodec.FRAME_BYTES_MAX,
                                call ->
                                        parts.intake()
                                                .refusal()
                                                .map(
                                                        why ->
                                                                refusal(
                                                                        call,
                                                                        Status.Code.UNAVAILABLE,
                                                                        why))
                                                .orElseGet(() -> sync.sync(call))),
                        path(NODE, "GetStatus"),
                        new Method(true, QUESTION_BYTES_MAX, status::status),
                        path(NODE, "GetDocument"),
                        new Method(true, QUESTION_BYTES_MAX, documents::get),
                        path(NODE, "PutDocument"),
                        new Method(true, DOCUMENT_BYTES_MAX, documents::put),
                        path(NODE, "GetBlob"),
                        new Method(true, QUESTION_BYTES_MAX, blobs::get),
                        path(NODE, "PutBlob"),
                        new Method(true, BlobCalls.MESSAGE_BYTES_MAX, blobs::put),
                        path(HEALTH, "Check"),
                        new Method(false, QUESTION_BYTES_MAX, health::check),
                        path(HEALTH, "Watch"),
                        new Method(false, QUESTION_BYTES_MAX, health::watch));
        this.reflection =
                ServerReflection.create(
                        List.of(
                                new Service(NODE, NodeProto.getDescriptor()),
                                new Service(HEALTH, HealthProto.getDescriptor())),
                        system);
    }

    private static String path(String service, String method) {
        return "/" + service + "/" + method;
    }

    private static CompletionStage<HttpResponse> refusal(
            GrpcCall call, Status.Code code, String words) {
        return CompletableFuture.completedFuture(call.refused(code, words));
    }

    /// What answers at its port.
    public Function<HttpRequest, CompletionStage<HttpResponse>> handler() {
        return request ->
                isGrpc(request)
                        ? answer(request)
                        : refused(request, "This port speaks gRPC only; HTTP has its own.\n");
    }

    private CompletionStage<HttpResponse> refused(HttpRequest request, String words) {
        request.discardEntityBytes(materializer);
        return CompletableFuture.completedFuture(
                HttpResponse.create()
                        .withStatus(StatusCodes.UNSUPPORTED_MEDIA_TYPE)
                        .withEntity(words));
    }

    private static boolean isGrpc(HttpRequest request) {
        String type = request.entity().getContentType().mediaType().toString();
        return type.equals(TYPE) || type.startsWith(TYPE + "+");
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) throws Exception {
        if (!request.protocol().value().startsWith("HTTP/2")) {
            return refused(request, "gRPC needs HTTP/2.\n");
        }
        // Ours go as they are: what they hold is compressed already.
        var plain = request.removeHeader("grpc-accept-encoding");
        if (plain.getUri().path().startsWith("/" + REFLECTION + "/")) {
            return reflection.apply(
                    plain.withEntity(
                            HttpEntities.create(
                                    plain.entity().getContentType(),
                                    messages(request, QUESTION_BYTES_MAX))));
        }
        return GrpcMarshalling.<HttpResponse>negotiated(
                        plain.removeHeader("grpc-encoding"),
                        (reader, writer) -> answer(request, reader, writer))
                .orElseGet(
                        () -> refused(request, "Of gRPC's formats this node speaks protobuf.\n"));
    }

    private CompletionStage<HttpResponse> answer(
            HttpRequest request, GrpcProtocolReader reader, GrpcProtocolWriter writer) {
        Method method = methods.get(request.getUri().path());
        var nobody =
                new GrpcCall(
                        system,
                        materializer,
                        Optional.empty(),
                        messages(
                                request,
                                method == null ? QUESTION_BYTES_MAX : method.messageBytesMax()),
                        reader,
                        writer);
        if (method == null) {
            return refusal(
                    nobody,
                    Status.Code.UNIMPLEMENTED,
                    "this node serves no " + request.getUri().path());
        }
        if (!method.needsToken()) {
            return method.work().answer(nobody);
        }
        return bearers.bearer(header(request))
                .thenCompose(
                        bearer ->
                                switch (bearer) {
                                    case Bearers.Known.Bearer(Grant.OfToken grant) ->
                                            method.work().answer(nobody.of(grant));
                                    case Bearers.Known.Nobody(var words) ->
                                            refusal(nobody, Status.Code.UNAUTHENTICATED, words);
                                });
    }

    private static Optional<String> header(HttpRequest request) {
        return request.getHeader("authorization").map(header -> header.value());
    }

    /// The bytes of a call, each message of which is within its bounds.
    private Source<ByteString, Object> messages(HttpRequest request, int bytesMax) {
        SharedKillSwitch end = KillSwitches.shared("call");
        var bounds = new MessageBounds(bytesMax);
        var last =
                Source.lazySource(
                        () -> {
                            bounds.end();
                            return Source.<ByteString>empty();
                        });
        return request.entity()
                .getDataBytes()
                // Whatever it is, it is the line to the caller.
                .mapError(
                        Throwable.class,
                        _ -> new Refused(Status.Code.CANCELLED, "the call was cut off"))
                .via(end.flow())
                // Else the caller would hear of a reset before it hears why.
                .via(new CancellationBarrierGraphStage<>())
                .map(part -> checked(bounds, part, end))
                .concatLazy(last);
    }

    private ByteString checked(MessageBounds bounds, ByteString part, SharedKillSwitch end) {
        try {
            return bounds.checked(part, System.nanoTime());
        } catch (Refused refused) {
            system.scheduler().scheduleOnce(LINGER_MAX, end::shutdown, system.executionContext());
            throw refused;
        }
    }
}
