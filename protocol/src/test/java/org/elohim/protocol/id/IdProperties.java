package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;

class IdProperties {
    @Property
    void everyDocumentIdComesBackFromItsText(@ForAll @Size(16) byte[] random) {
        var id = DocumentId.ofRandom(random);

        assertEquals(id, DocumentId.parse(id.toString()));
    }

    @Property
    void aMistypedCharacterIsNoticed(
            @ForAll @Size(16) byte[] random, @ForAll @IntRange(max = 24) int at) {
        var text = new StringBuilder(DocumentId.ofRandom(random).toString());
        int mistyped = at % text.length();
        text.setCharAt(mistyped, text.charAt(mistyped) == 'z' ? 'y' : 'z');

        assertThrows(IllegalArgumentException.class, () -> DocumentId.parse(text.toString()));
    }

    @Property
    void aTextIsRefusedOrTheOneOfItsDocument(@ForAll @Size(max = 40) char[] characters) {
        String text = new String(characters);
        DocumentId id;
        try {
            id = DocumentId.parse(text);
        } catch (IllegalArgumentException refused) {
            return;
        }
        assertEquals(text, id.toString());
    }

    @Property
    void everyContentHashComesBackFromItsText(@ForAll @Size(32) byte[] content) {
        var hash = new ContentHash(Bytes.copyOf(content));

        assertEquals(hash, ContentHash.parse(hash.toString()));
    }

    @Property
    void hashesAreOrderedLikeTheirTexts(
            @ForAll @Size(32) byte[] one, @ForAll @Size(32) byte[] other) {
        var first = new ContentHash(Bytes.copyOf(one));
        var second = new ContentHash(Bytes.copyOf(other));

        assertEquals(
                Integer.signum(first.toString().compareTo(second.toString())),
                Integer.signum(first.compareTo(second)));
    }

    @Example
    void aHashHasOneTextOnly() {
        assertThrows(IllegalArgumentException.class, () -> ContentHash.parse("AB".repeat(32)));
        assertThrows(IllegalArgumentException.class, () -> ContentHash.parse("ab".repeat(31)));
        assertThrows(IllegalArgumentException.class, () -> ContentHash.parse("zz".repeat(32)));
        assertThrows(IllegalArgumentException.class, () -> new ContentHash(Bytes.parseHex("abcd")));
    }
}
