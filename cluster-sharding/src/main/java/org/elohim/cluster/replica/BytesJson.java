package org.elohim.cluster.replica;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;

import org.elohim.protocol.Bytes;

import java.io.IOException;

/// Bytes as CBOR has them: without the detour over text.
public final class BytesJson {
    private BytesJson() {}

    public static final class Writer extends StdSerializer<Bytes> {
        public Writer() {
            super(Bytes.class);
        }

        @Override
        public void serialize(Bytes bytes, JsonGenerator out, SerializerProvider context)
                throws IOException {
            out.writeBinary(bytes.toArray());
        }
    }

    public static final class Reader extends StdDeserializer<Bytes> {
        public Reader() {
            super(Bytes.class);
        }

        @Override
        public Bytes deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return Bytes.copyOf(in.getBinaryValue());
        }
    }
}
