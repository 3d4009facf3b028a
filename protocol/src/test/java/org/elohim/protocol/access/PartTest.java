package org.elohim.protocol.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartTest {
    private static final DocumentId DOCUMENT = document(1);

    @Test
    void aPartIsPrintedAsItIsRead() {
        for (String text : new String[] {"reach:commons", "document:" + DOCUMENT}) {
            assertEquals(text, Part.parse(text).toString());
        }
    }

    @Test
    void itHoldsWhatItNamesAndNothingElse() {
        Part commons = Part.parse("reach:neighborhood");
        assertTrue(commons.holds(DOCUMENT, Reach.COMMONS));
        assertTrue(commons.holds(DOCUMENT, Reach.NEIGHBORHOOD));
        assertFalse(commons.holds(DOCUMENT, Reach.LOCAL));

        Part one = Part.parse("document:" + DOCUMENT);
        assertTrue(one.holds(DOCUMENT, Reach.PRIVATE));
        assertFalse(one.holds(document(2), Reach.COMMONS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "admin",
                "read:reach:commons",
                "reach:everywhere",
                "document:x",
                "write"
            })
    void whatIsNoPartIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Part.parse(text));
    }

    private static DocumentId document(int first) {
        byte[] bytes = new byte[DocumentId.SIZE_BYTES];
        bytes[0] = (byte) first;
        return DocumentId.ofRandom(bytes);
    }
}
