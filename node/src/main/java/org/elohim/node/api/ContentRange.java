package org.elohim.node.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which part of a blob a request brings.
///
/// @param from its first byte
/// @param to the one behind its last
/// @param total how long the blob is
record ContentRange(long from, long to, long total) {
    static final String NAME = "Content-Range";
    private static final Pattern FORM =
            Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})", Pattern.CASE_INSENSITIVE);

    /// @throws IllegalArgumentException where this is no part of anything
    static ContentRange parse(String header) {
        Matcher form = FORM.matcher(header.strip());
        if (form.matches()) {
            long from = Long.parseLong(form.group(1));
            long to = Long.parseLong(form.group(2)) + 1;
            long total = Long.parseLong(form.group(3));
            if (from < to && to <= total) {
                return new ContentRange(from, to, total);
            }
        }
        throw new IllegalArgumentException(
                "A part of a blob is sent with \"Content-Range: bytes FIRST-LAST/TOTAL\", and this"
                        + " is none: "
                        + header);
    }

    long bytes() {
        return to - from;
    }

    boolean isLast() {
        return to == total;
    }
}
