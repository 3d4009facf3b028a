package org.elohim.node.token;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.random.RandomGenerator;

/// The text that a device shows. It is given out once and kept nowhere; the node knows its hash.
public final class TokenText {
    // Lets a person, and a scanner of leaked secrets, see what it is.
    private static final String PREFIX = "elohim_";
    private static final int RANDOM_BYTES = 32;

    private TokenText() {}

    /// A new one; `random` must be fit for secrets.
    public static String create(RandomGenerator random) {
        byte[] secret = new byte[RANDOM_BYTES];
        random.nextBytes(secret);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    public static ContentHash hash(String text) {
        return ContentHash.of(Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)));
    }
}
