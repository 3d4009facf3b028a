package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class TagTest {
    private static final ContentHash ONE = ContentHash.of(Bytes.parseHex("01"));
    private static final ContentHash TWO = ContentHash.of(Bytes.parseHex("02"));

    @Test
    void itFollowsFromHeadsAndWhatIsLeftOutInWhateverOrder() {
        assertEquals(Tag.of(List.of(ONE, TWO), List.of()), Tag.of(List.of(TWO, ONE), List.of()));
        assertNotEquals(Tag.of(List.of(ONE, TWO), List.of()), Tag.of(List.of(ONE), List.of(TWO)));
        assertNotEquals(Tag.of(List.of(ONE), List.of()), Tag.of(List.of(ONE), List.of(ONE)));
    }

    @Test
    void whoWritesSaysWhatHeHasSeen() {
        var seen = Tag.of(List.of(ONE), List.of());
        var other = Tag.of(List.of(TWO), List.of());

        assertTrue(new Expected.OneOf(Set.of(seen)).holds(seen, false));
        assertFalse(new Expected.OneOf(Set.of(seen)).holds(other, false));
        assertTrue(new Expected.Anything().holds(other, false));
        // RFC 9110: `If-Match: *` is about what is there.
        assertFalse(new Expected.Anything().holds(other, true));
        assertTrue(new Expected.Nothing().holds(seen, true));
        assertFalse(new Expected.Nothing().holds(seen, false));
    }
}
