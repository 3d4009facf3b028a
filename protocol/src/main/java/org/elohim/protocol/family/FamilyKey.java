package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/// The family's shared secret, and what follows from it.
///
/// Invariants: whoever has the same text gets the same of everything; nothing that is derived tells
/// of the secret or of what else is derived; the secret is never printed.
public final class FamilyKey {
    public static final int CHARACTERS_MIN = 16;
    public static final int CHARACTERS_MAX = 1024;

    // Names the family where strangers read along; long enough that no two families share one.
    private static final int TAG_BYTES = 8;

    /// Of a family's lasting name.
    public static final int FAMILY_BYTES = 16;

    private final String text;
    private final String tag;

    private FamilyKey(String text) {
        this.text = text;
        this.tag = derive("discovery tag v1", TAG_BYTES).toHex();
    }

    /// The key of a text, as it stands in a configuration.
    ///
    /// @throws IllegalArgumentException where no family can have it, without repeating it
    public static FamilyKey of(String text) {
        int characters = text.codePointCount(0, text.length());
        if (characters < CHARACTERS_MIN
                || characters > CHARACTERS_MAX
                || text.codePoints().anyMatch(Character::isISOControl)
                || !text.strip().equals(text)) {
            throw new IllegalArgumentException(
                    "a family key is %d to %d printable characters without a blank at either end"
                            .formatted(CHARACTERS_MIN, CHARACTERS_MAX));
        }
        return new FamilyKey(text);
    }

    /// Bytes for one purpose only.
    public Bytes derive(String purpose, int sizeBytes) {
        try {
            var parameters =
                    HKDFParameterSpec.ofExtract()
                            .addIKM(utf8(text))
                            .thenExpand(utf8("elohim-node " + purpose), sizeBytes);
            return Bytes.copyOf(KDF.getInstance("HKDF-SHA256").deriveData(parameters));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK from 25 on has HKDF-SHA256", missing);
        }
    }

    /// Under which the family's nodes find each other in a network where others listen: it tells
    /// neither key nor name.
    public String tag() {
        return tag;
    }

    /// Names a family that began with this key, also after it has taken another.
    public Bytes family() {
        return derive("family id v1", FAMILY_BYTES);
    }

    /// For the file it is kept in and the code that hands it on.
    public String reveal() {
        return text;
    }

    private static byte[] utf8(String words) {
        return words.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FamilyKey key && MessageDigest.isEqual(utf8(text), utf8(key.text));
    }

    /// The same for all keys: a hash that is printed somewhere would help guessing.
    @Override
    public int hashCode() {
        return FamilyKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "FamilyKey[" + tag() + "]";
    }
}
