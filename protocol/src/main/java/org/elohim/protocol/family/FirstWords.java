package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/// What the first bytes of a connection tell of who sends them, before anything is worked out: a
/// node of a family names the authorities that it knows in the first words of its handshake.
///
/// It proves nothing; it tells who is not worth the work.
public enum FirstWords {
    NAMES_US,
    NAMES_ANOTHER_FAMILY,
    NAMES_NOBODY,
    NOT_TLS;

    // More than one reading of a socket brings.
    private static final int LOOKED_AT_BYTES_MAX = 1 << 14;
    private static final int HANDSHAKE = 22;
    private static final int MAJOR_VERSION = 3;

    /// Looks at the first bytes.
    ///
    /// @param tags of the keys that the family has
    public static FirstWords of(Bytes first, Set<String> tags) {
        if (first.size() < 2 || first.at(0) != HANDSHAKE || first.at(1) != MAJOR_VERSION) {
            return NOT_TLS;
        }
        String text =
                new String(
                        first.slice(0, Math.min(first.size(), LOOKED_AT_BYTES_MAX)).toArray(),
                        StandardCharsets.ISO_8859_1);
        if (tags.stream().anyMatch(tag -> text.contains(FamilyCertificates.NAME + tag))) {
            return NAMES_US;
        }
        return text.contains(FamilyCertificates.NAME) ? NAMES_ANOTHER_FAMILY : NAMES_NOBODY;
    }
}
