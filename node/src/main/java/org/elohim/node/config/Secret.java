package org.elohim.node.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A text that must never reach a log, an error line or a print-out.
///
/// Invariants: only `reveal` gives the value away; comparing takes the same time wherever two
/// secrets of one length differ.
public final class Secret {
    /// What stands in place of the value.
    static final String PLACEHOLDER = "(set, not shown)";

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    public static Secret of(String value) {
        return new Secret(value);
    }

    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8),
                        secret.value.getBytes(StandardCharsets.UTF_8));
    }

    /// The same for all secrets: a hash that is printed somewhere would help guessing.
    @Override
    public int hashCode() {
        return Secret.class.hashCode();
    }

    @Override
    public String toString() {
        return PLACEHOLDER;
    }
}
