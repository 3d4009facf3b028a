package org.elohim.client.blob;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `Content-Range` says.
///
/// @param from the first byte that comes; less than zero where none does
record ByteRange(long from, long total) {
    // Longer numbers are no lengths.
    private static final Pattern FORM =
            Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18})");

    static Optional<ByteRange> parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long from = Optional.ofNullable(matcher.group(1)).map(Long::parseLong).orElse(-1L);
        return Optional.of(new ByteRange(from, Long.parseLong(matcher.group(2))));
    }
}
