package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// The lines under `resources/golden/automerge`; its README says where they come from.
final class Npm {
    private Npm() {}

    static List<String> lines(String name) {
        try (var in = Npm.class.getResourceAsStream("/golden/automerge/" + name)) {
            byte[] content = Objects.requireNonNull(in, name).readAllBytes();
            return new String(content, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// What stands behind this word on the lines that begin with it.
    static Stream<Bytes> values(String name, String word) {
        return lines(name).stream()
                .filter(line -> line.startsWith(word + " "))
                .map(line -> Bytes.parseHex(line.substring(word.length() + 1)));
    }

    static Bytes value(String name, String word) {
        return values(name, word).findFirst().orElseThrow();
    }

    static List<ContentHash> hashes(String name, String word) {
        return values(name, word).map(ContentHash::new).toList();
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
