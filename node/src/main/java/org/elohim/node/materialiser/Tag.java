package org.elohim.node.materialiser;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.stream.Collectors;

/// Names what a document shows: the same tag, the same content.
///
/// It follows from the document's heads and from what is left out of it, so it is the same after a
/// restart and at every node that shows the same.
public record Tag(String text) {
    // To be counted up when the same changes are shown as other JSON.
    private static final String FORM = "json 1";
    private static final int DIGITS = 32;

    static Tag of(Collection<ContentHash> heads, Collection<ContentHash> leftOut) {
        String state = String.join("\n", FORM, sorted(heads), sorted(leftOut));
        String digest =
                ContentHash.of(Bytes.copyOf(state.getBytes(StandardCharsets.UTF_8))).toString();
        return new Tag(digest.substring(0, DIGITS));
    }

    private static String sorted(Collection<ContentHash> hashes) {
        return hashes.stream().sorted().map(ContentHash::toString).collect(Collectors.joining(" "));
    }
}
