package org.elohim.client.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.node.wire.GetDocumentRequest;
import org.elohim.protocol.node.wire.GetDocumentResponse;
import org.elohim.protocol.node.wire.GetStatusRequest;
import org.elohim.protocol.node.wire.NodeStatus;
import org.elohim.protocol.node.wire.PutDocumentRequest;
import org.elohim.protocol.node.wire.PutDocumentResponse;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The methods of `ElohimNode` that this client calls.
final class NodeMethods {
    private static final String SERVICE = "elohim.node.v1.ElohimNode";

    static final MethodDescriptor<GetStatusRequest, NodeStatus> STATUS =
            unary("GetStatus", GetStatusRequest.parser(), NodeStatus.parser());

    static final MethodDescriptor<GetDocumentRequest, GetDocumentResponse> GET_DOCUMENT =
            unary("GetDocument", GetDocumentRequest.parser(), GetDocumentResponse.parser());

    static final MethodDescriptor<PutDocumentRequest, PutDocumentResponse> PUT_DOCUMENT =
            unary("PutDocument", PutDocumentRequest.parser(), PutDocumentResponse.parser());

    /// Frames stay bytes until `SyncCodec` looks at them: protobuf would make objects of them
    /// before anybody could count them.
    static final MethodDescriptor<Bytes, Bytes> SYNC =
            MethodDescriptor.<Bytes, Bytes>newBuilder()
                    .setType(MethodType.BIDI_STREAMING)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Sync"))
                    .setRequestMarshaller(new Frames())
                    .setResponseMarshaller(new Frames())
                    .build();

    private NodeMethods() {}

    private static <I extends MessageLite, O extends MessageLite> MethodDescriptor<I, O> unary(
            String name, Parser<I> in, Parser<O> out) {
        return MethodDescriptor.<I, O>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(new Messages<>(in))
                .setResponseMarshaller(new Messages<>(out))
                .build();
    }

    private record Messages<T extends MessageLite>(Parser<T> parser)
            implements MethodDescriptor.Marshaller<T> {
        @Override
        public InputStream stream(T message) {
            return new ByteArrayInputStream(message.toByteArray());
        }

        @Override
        public T parse(InputStream stream) {
            try {
                return parser.parseFrom(stream);
            } catch (InvalidProtocolBufferException garbage) {
                throw Status.INTERNAL
                        .withDescription(
                                "the node speaks another language: " + garbage.getMessage())
                        .asRuntimeException();
            }
        }
    }

    private record Frames() implements MethodDescriptor.Marshaller<Bytes> {
        @Override
        public InputStream stream(Bytes frame) {
            return new ByteArrayInputStream(frame.toArray());
        }

        @Override
        public Bytes parse(InputStream stream) {
            try {
                return Bytes.copyOf(stream.readAllBytes());
            } catch (IOException impossible) {
                throw new UncheckedIOException("it is memory", impossible);
            }
        }
    }
}
