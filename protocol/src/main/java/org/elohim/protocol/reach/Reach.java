package org.elohim.protocol.reach;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How far something may travel, from the narrowest to the widest; the order of the constants is
/// the order of reach, and their names are stored.
public enum Reach {
    PRIVATE(0),
    /// Private content that named relationships with consent to custody may hold, encrypted.
    INTIMATE(1),
    INVITED(2),
    LOCAL(3),
    NEIGHBORHOOD(4),
    COMMONS(5);

    /// What has no reach of its own.
    public static final Reach DEFAULT = PRIVATE;

    private final int code;
    private final String text;

    Reach(int code) {
        this.code = code;
        this.text = name().toLowerCase(Locale.ROOT);
    }

    /// The number by which it is told and stored where a name is too long; given once.
    public int code() {
        return code;
    }

    /// Reads the number.
    ///
    /// @throws IllegalArgumentException where this version knows no such reach
    public static Reach ofCode(int code) {
        for (Reach reach : values()) {
            if (reach.code == code) {
                return reach;
            }
        }
        throw new IllegalArgumentException("reach=" + code);
    }

    /// The wider of both.
    public static Reach widest(Reach one, Reach other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no reach, saying what is allowed
    public static Reach parse(String text) {
        return Arrays.stream(values())
                .filter(reach -> reach.toString().equals(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "not a reach; allowed: "
                                                + Arrays.stream(values())
                                                        .map(Reach::toString)
                                                        .collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return text;
    }
}
