package org.elohim.protocol.reach;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How far something may travel, from the narrowest to the widest; the order of the constants is
/// the order of reach, and their names are stored.
public enum Reach {
    PRIVATE,
    /// Private content that named relationships with consent to custody may hold, encrypted.
    INTIMATE,
    INVITED,
    LOCAL,
    NEIGHBORHOOD,
    COMMONS;

    /// What has no reach of its own.
    public static final Reach DEFAULT = PRIVATE;

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
        return name().toLowerCase(Locale.ROOT);
    }
}
