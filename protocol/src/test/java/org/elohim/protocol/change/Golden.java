package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The bytes under `resources/golden/change`; their README says where they come from.
final class Golden {
    private Golden() {}

    static Bytes file(String name) {
        try (var in = Golden.class.getResourceAsStream("/golden/change/" + name)) {
            return Bytes.copyOf(Objects.requireNonNull(in, name).readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static List<ChangeChunk> changes(String name) {
        var changes = new ArrayList<ChangeChunk>();
        var reader = new ChunkReader(file(name));
        while (reader.hasNext()) {
            changes.add((ChangeChunk) parsed(reader.next()));
        }
        return changes;
    }

    static ChangeChunk changeIn(Map<ContentHash, ChangeChunk> changes, ContentHash hash) {
        return Objects.requireNonNull(changes.get(hash), hash::toString);
    }

    static <T> T parsed(Decoded<T> decoded) {
        return switch (decoded) {
            case Decoded.Parsed<T>(var value) -> value;
            case Decoded.Malformed<T>(var reason) -> throw new AssertionError(reason);
        };
    }

    static String reason(Decoded<?> decoded) {
        return decoded instanceof Decoded.Malformed<?>(var reason) ? reason : "parsed";
    }
}
