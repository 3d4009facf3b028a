package org.elohim.cluster.push;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How far a client has come in the journal of one document, in words that it keeps and gives back.
///
/// Invariants: names the event and what was in it, so that a place of another node, or of a journal
/// that was put back to an older copy, is known to be none of this one.
public record Place(long sequence, String mark) {
    private static final int MARK_BYTES = 6;
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,18})-([0-9a-f]{" + 2 * MARK_BYTES + "})");

    static Place of(long sequence, List<Bytes> changes) {
        MessageDigest content = ContentHash.sha256();
        changes.forEach(change -> content.update(change.asReadOnlyBuffer()));
        byte[] mark = Arrays.copyOf(content.digest(), MARK_BYTES);
        return new Place(sequence, HexFormat.of().formatHex(mark));
    }

    /// The place that was written so.
    ///
    /// @throws IllegalArgumentException where this is no place
    public static Place parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("no position of this node: " + text);
        }
        return new Place(Long.parseLong(parts.group(1)), parts.group(2));
    }

    @Override
    public String toString() {
        return sequence + "-" + mark;
    }
}
