package org.elohim.client.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.node.wire.GetDocumentRequest;
import org.elohim.protocol.node.wire.GetDocumentResponse;
import org.elohim.protocol.node.wire.GetStatusRequest;
import org.elohim.protocol.node.wire.NodeStatus;
import org.elohim.protocol.node.wire.PutDocumentRequest;
import org.elohim.protocol.node.wire.PutDocumentResponse;
import org.elohim.protocol.sync.SyncCodec;

import java.util.concurrent.TimeUnit;

/// A node over gRPC, at the port that its start-up block calls `grpc`.
///
/// Connects when it is first used, and again after each loss. May be used by any thread. What the
/// node does not answer is a [StatusRuntimeException] whose description tells a person why.
public final class GrpcNode implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final long ANSWER_WITHIN_SECONDS = 10;
    // The node itself answers within 15 s.
    private static final long WORK_WITHIN_SECONDS = 20;
    private static final long END_WITHIN_SECONDS = 5;

    private final ManagedChannel connection;
    private final Channel channel;

    private GrpcNode(ManagedChannel connection, String token) {
        this.connection = connection;
        var headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token);
        this.channel =
                ClientInterceptors.intercept(
                        connection, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /// The node that is reached there, without TLS.
    ///
    /// @param token what the node lets this program do; `./elohim token new` makes one
    public static GrpcNode at(String host, int port, String token) {
        return new GrpcNode(
                ManagedChannelBuilder.forAddress(host, port)
                        .usePlaintext()
                        .maxInboundMessageSize(SyncCodec.FRAME_BYTES_MAX)
                        .build(),
                token);
    }

    /// How the node does.
    ///
    /// @throws StatusRuntimeException where it does not answer
    public NodeStatus status() {
        return ClientCalls.blockingUnaryCall(
                channel,
                NodeMethods.STATUS,
                CallOptions.DEFAULT.withDeadlineAfter(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS),
                GetStatusRequest.getDefaultInstance());
    }

    /// What a document says, as JSON, read by the node.
    ///
    /// @throws StatusRuntimeException where it is not shown
    public GetDocumentResponse getDocument(DocumentId document) {
        return ClientCalls.blockingUnaryCall(
                channel,
                NodeMethods.GET_DOCUMENT,
                CallOptions.DEFAULT.withDeadlineAfter(WORK_WITHIN_SECONDS, TimeUnit.SECONDS),
                GetDocumentRequest.newBuilder().setDocument(document.toString()).build());
    }

    /// Makes a document say this; when it returns, that is safely stored.
    ///
    /// @param json an object
    /// @param etag of what it is written over; empty where the document is new
    /// @throws StatusRuntimeException where it is not written
    public PutDocumentResponse putDocument(DocumentId document, String json, String etag) {
        return ClientCalls.blockingUnaryCall(
                channel,
                NodeMethods.PUT_DOCUMENT,
                CallOptions.DEFAULT.withDeadlineAfter(WORK_WITHIN_SECONDS, TimeUnit.SECONDS),
                PutDocumentRequest.newBuilder()
                        .setDocument(document.toString())
                        .setJson(json)
                        .setEtag(etag)
                        .build());
    }

    /// Begins to sync; the listener hears the node's Challenge first.
    public SyncCall sync(SyncCall.Listener listener) {
        return SyncCall.begin(channel.newCall(NodeMethods.SYNC, CallOptions.DEFAULT), listener);
    }

    /// Ends all calls.
    @Override
    public void close() {
        connection.shutdownNow();
        try {
            connection.awaitTermination(END_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
