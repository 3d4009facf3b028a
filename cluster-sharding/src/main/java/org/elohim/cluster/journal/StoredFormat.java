package org.elohim.cluster.journal;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;

import java.util.function.Function;

/// How one kind of event or snapshot is written and read back.
///
/// Invariants: the manifest is stored beside the bytes and never changes its meaning, whatever
/// becomes of the class.
public record StoredFormat<T extends Journaled>(
        String manifest, Class<T> type, Function<T, MessageLite> toMessage, Reader<T> reader) {

    /// Reads bytes that were once written; throws only where they are no such message.
    @FunctionalInterface
    public interface Reader<T> {
        T read(byte[] stored) throws InvalidProtocolBufferException;
    }

    public StoredFormat {
        if (manifest.isBlank()) {
            throw new IllegalArgumentException("blank manifest of " + type.getName());
        }
    }

    public byte[] write(Object value) {
        return toMessage.apply(type.cast(value)).toByteArray();
    }

    public T read(byte[] stored) throws InvalidProtocolBufferException {
        return reader.read(stored);
    }
}
