package org.elohim.node.api;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The SHA-256 of a content as a header has it (RFC 9530).
final class ContentDigest {
    static final String NAME = "Content-Digest";
    private static final Pattern SHA_256 =
            Pattern.compile("(?:^|,)\\s*sha-256=(?::([A-Za-z0-9+/=]*):|([^,]*))");

    private ContentDigest() {}

    static String of(ContentHash hash) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(hash.bytes().toArray()) + ":";
    }

    /// The SHA-256 among the digests; nothing where there are others alone.
    ///
    /// @throws IllegalArgumentException where it is none
    static Optional<ContentHash> parse(String header) {
        Matcher found = SHA_256.matcher(header);
        if (!found.find()) {
            return Optional.empty();
        }
        try {
            byte[] hash =
                    Base64.getDecoder().decode(Optional.ofNullable(found.group(1)).orElse(""));
            return Optional.of(new ContentHash(Bytes.copyOf(hash)));
        } catch (IllegalArgumentException garbage) {
            throw new IllegalArgumentException(
                    "Content-Digest has a sha-256 that is none; it is written"
                            + " sha-256=:BASE64: and has 32 bytes: "
                            + header,
                    garbage);
        }
    }
}
