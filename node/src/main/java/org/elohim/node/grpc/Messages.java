package org.elohim.node.grpc;

import akka.grpc.ProtobufSerializer;
import akka.grpc.javadsl.GoogleProtobufSerializer;
import akka.util.ByteString;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import org.elohim.protocol.Bytes;

/// How the messages of calls become objects.
final class Messages {
    /// A frame of sync stays bytes until `SyncCodec` looks at it: protobuf would make objects of it
    /// before anybody could count them.
    static final ProtobufSerializer<Bytes> FRAMES =
            new ProtobufSerializer<>() {
                @Override
                public ByteString serialize(Bytes frame) {
                    return ByteString.fromByteBuffer(frame.asReadOnlyBuffer());
                }

                @Override
                public Bytes deserialize(ByteString frame) {
                    return Bytes.copyOf(frame.toArray());
                }
            };

    private Messages() {}

    static <T extends Message> ProtobufSerializer<T> of(Parser<T> parser) {
        return new GoogleProtobufSerializer<>(parser);
    }
}
