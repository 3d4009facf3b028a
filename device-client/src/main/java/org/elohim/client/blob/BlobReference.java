package org.elohim.client.blob;

import org.elohim.crdt.Value;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A blob as a document names it: the document syncs, the bytes are got when somebody wants them.
///
/// In the document it is a map, `{"@blob": HASH, "size": BYTES, "content_type": TYPE, "reach":
/// REACH}`, which every program can read.
///
/// Invariants: what [#toValue] writes, [#of] reads as an equal reference.
///
/// @param contentType as of HTTP, `image/jpeg` for one
/// @param reach who may have the blob
public record BlobReference(ContentHash hash, long sizeBytes, String contentType, Reach reach) {
    /// The longest that other programs read exactly, as a floating-point number.
    public static final long SIZE_BYTES_MAX = 1L << 53;

    /// Where nobody knows what it is.
    public static final String ANY_TYPE = "application/octet-stream";

    private static final String HASH = "@blob";
    private static final String SIZE = "size";
    private static final String CONTENT_TYPE = "content_type";
    private static final String REACH = "reach";
    private static final int CONTENT_TYPE_LENGTH_MAX = 255;

    public BlobReference {
        if (sizeBytes < 0 || sizeBytes > SIZE_BYTES_MAX) {
            throw new IllegalArgumentException("size bytes=" + sizeBytes);
        }
        if (!isType(contentType)) {
            throw new IllegalArgumentException(
                    "'%s' is no content type; one looks like image/jpeg".formatted(contentType));
        }
    }

    private static boolean isType(String text) {
        int slash = text.indexOf('/');
        return slash > 0
                && slash < text.length() - 1
                && text.length() <= CONTENT_TYPE_LENGTH_MAX
                && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /// What is to be set in a document to name the blob.
    public Value toValue() {
        var entries = new LinkedHashMap<String, Value>();
        entries.put(HASH, new Value.Str(hash.toString()));
        // Documents hold no longer whole numbers.
        entries.put(
                SIZE,
                sizeBytes <= Integer.MAX_VALUE
                        ? new Value.Int(sizeBytes)
                        : new Value.Real(sizeBytes));
        entries.put(CONTENT_TYPE, new Value.Str(contentType));
        entries.put(REACH, new Value.Str(reach.toString()));
        return new Value.Fields(entries);
    }

    /// The reference that stands there; nothing where it is something else, or not a whole one.
    /// Further entries are left to whoever has put them there.
    public static Optional<BlobReference> of(Value value) {
        if (!(value instanceof Value.Fields(var entries))) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new BlobReference(
                            ContentHash.parse(text(entries, HASH)),
                            size(entries),
                            text(entries, CONTENT_TYPE),
                            Reach.parse(text(entries, REACH))));
        } catch (IllegalArgumentException noReference) {
            return Optional.empty();
        }
    }

    private static String text(Map<String, Value> entries, String name) {
        return switch (entries.get(name)) {
            case Value.Str(var text) -> text;
            case Value.Text(var text, _) -> text;
            case null, default -> "";
        };
    }

    private static long size(Map<String, Value> entries) {
        return switch (entries.get(SIZE)) {
            case Value.Int(var number) -> number;
            case Value.Uint(var number) -> number;
            case Value.Real(var number) when number == Math.rint(number) -> (long) number;
            case null, default -> -1;
        };
    }
}
