package org.elohim.cluster.format;

import akka.serialization.SerializerWithStringManifest;

import org.elohim.cluster.journal.StoredFormat;

import java.io.NotSerializableException;

/// Writes events and snapshots as protobuf and reads them back, by [EventManifests].
///
/// Invariants: bytes whose manifest is not in the list are refused, not guessed at; the reader then
/// stops before the first event it does not know.
public final class EventSerializer extends SerializerWithStringManifest {
    // Stored with every row, so it never changes.
    private static final int IDENTIFIER = 1_701_603_434;

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object value) {
        return formatOf(value).manifest();
    }

    @Override
    public byte[] toBinary(Object value) {
        return formatOf(value).write(value);
    }

    @Override
    public Object fromBinary(byte[] stored, String manifest) throws NotSerializableException {
        StoredFormat<?> format =
                EventManifests.named(manifest)
                        .orElseThrow(
                                () ->
                                        new NotSerializableException(
                                                "stored event \""
                                                        + manifest
                                                        + "\" is unknown to this version; a newer"
                                                        + " one has written it"));
        try {
            return format.read(stored);
        } catch (com.google.protobuf.InvalidProtocolBufferException damaged) {
            throw new IllegalStateException(
                    "stored event \"" + manifest + "\" is damaged", damaged);
        }
    }

    private static StoredFormat<?> formatOf(Object value) {
        return EventManifests.of(value.getClass())
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        value.getClass().getName() + " has no manifest"));
    }
}
