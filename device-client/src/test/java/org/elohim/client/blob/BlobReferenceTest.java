package org.elohim.client.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class BlobReferenceTest {
    private static final ContentHash HASH = ContentHash.of(Bytes.copyOf(new byte[] {1, 2, 3}));

    private static BlobReference reference(long size) {
        return new BlobReference(HASH, size, "image/jpeg", Reach.INVITED);
    }

    private static Map<String, Value> entries(BlobReference reference) {
        return new HashMap<>(((Value.Fields) reference.toValue()).entries());
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        for (long size :
                new long[] {
                    0, 1, Integer.MAX_VALUE, 1L << 31, (1L << 40) + 1, BlobReference.SIZE_BYTES_MAX
                }) {
            assertEquals(Optional.of(reference(size)), BlobReference.of(reference(size).toValue()));
        }
    }

    @Test
    void otherProgramsSeeAPlainMap() {
        assertEquals(
                new Value.Fields(
                        Map.of(
                                "@blob", new Value.Str(HASH.toString()),
                                "size", new Value.Int(5),
                                "content_type", new Value.Str("image/jpeg"),
                                "reach", new Value.Str("invited"))),
                reference(5).toValue());
    }

    @Test
    void whatOthersWriteOtherwiseMeansTheSame() {
        Map<String, Value> entries = entries(reference(5));
        entries.put("size", new Value.Real(5.0));
        entries.put("content_type", new Value.Text("image/jpeg", List.of()));
        entries.put("title", new Value.Str("the sea"));
        assertEquals(Optional.of(reference(5)), BlobReference.of(new Value.Fields(entries)));
        entries.put("size", new Value.Uint(5));
        assertEquals(Optional.of(reference(5)), BlobReference.of(new Value.Fields(entries)));
    }

    @Test
    void whatIsNoReferenceIsNone() {
        assertEquals(Optional.empty(), BlobReference.of(new Value.Str(HASH.toString())));
        for (String name : List.of("@blob", "size", "content_type", "reach")) {
            for (Value wrong :
                    List.of(
                            new Value.Str("?"),
                            new Value.Int(-1),
                            new Value.Real(1.5),
                            new Value.Real(1e300),
                            new Value.Real(Double.NaN),
                            new Value.Uint(-1),
                            new Value.Null())) {
                Map<String, Value> entries = entries(reference(5));
                entries.put(name, wrong);
                assertEquals(Optional.empty(), BlobReference.of(new Value.Fields(entries)));
            }
            Map<String, Value> entries = entries(reference(5));
            entries.remove(name);
            assertEquals(Optional.empty(), BlobReference.of(new Value.Fields(entries)));
        }
    }

    @Test
    void whatCannotBeNamedIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> reference(-1));
        for (String type : List.of("", "image", "/", "a/", "/b", "a/\n", "ä/b")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new BlobReference(HASH, 1, type, Reach.PRIVATE));
        }
    }
}
