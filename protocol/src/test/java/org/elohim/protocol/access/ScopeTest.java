package org.elohim.protocol.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {
    private static final DocumentId DIARY =
            DocumentId.ofRandom(Bytes.parseHex("aa".repeat(16)).toArray());
    private static final DocumentId RECIPES =
            DocumentId.ofRandom(Bytes.parseHex("bb".repeat(16)).toArray());

    @Test
    void whatOnlyReadsSeesTheSameAndChangesNothing() {
        DocumentId document = DocumentId.ofRandom(new byte[DocumentId.SIZE_BYTES]);
        for (String text :
                new String[] {"admin", "write:reach:private", "write:document:" + document}) {
            Scope reading = Scope.parse(text).reading();
            assertTrue(reading.allows(Access.READ, document, Reach.PRIVATE), text);
            assertFalse(reading.allows(Access.WRITE, document, Reach.PRIVATE), text);
        }
    }

    @Test
    void anAdminMayDoEverything() {
        assertTrue(new Scope.Admin().allows(Access.WRITE, DIARY, Reach.PRIVATE));
    }

    @Test
    void aDocumentScopeAllowsThatDocumentAlone() {
        var scope = new Scope.OfDocument(Access.READ, DIARY);

        assertTrue(scope.allows(Access.READ, DIARY, Reach.PRIVATE));
        assertFalse(scope.allows(Access.WRITE, DIARY, Reach.PRIVATE));
        assertFalse(scope.allows(Access.READ, RECIPES, Reach.COMMONS));
    }

    @Test
    void whoMayWriteMayRead() {
        assertTrue(
                new Scope.OfDocument(Access.WRITE, DIARY)
                        .allows(Access.READ, DIARY, Reach.PRIVATE));
    }

    @Test
    void aReachScopeAllowsThatReachAndWiderOnes() {
        var scope = new Scope.OfReach(Access.READ, Reach.LOCAL);

        assertTrue(scope.allows(Access.READ, DIARY, Reach.LOCAL));
        assertTrue(scope.allows(Access.READ, DIARY, Reach.COMMONS));
        assertFalse(scope.allows(Access.READ, DIARY, Reach.INVITED));
        assertFalse(scope.allows(Access.READ, DIARY, Reach.PRIVATE));
        assertFalse(scope.allows(Access.WRITE, DIARY, Reach.LOCAL));
    }

    @Test
    void ofBlobsAScopeAllowsItsReachAndWiderOnes() {
        var scope = new Scope.OfReach(Access.READ, Reach.LOCAL);

        assertTrue(scope.allowsBlobs(Access.READ, Reach.LOCAL));
        assertTrue(scope.allowsBlobs(Access.READ, Reach.COMMONS));
        assertFalse(scope.allowsBlobs(Access.READ, Reach.INVITED));
        assertFalse(scope.allowsBlobs(Access.WRITE, Reach.LOCAL));
        assertTrue(new Scope.Admin().allowsBlobs(Access.WRITE, Reach.PRIVATE));
        assertFalse(
                new Scope.OfDocument(Access.WRITE, DIARY).allowsBlobs(Access.READ, Reach.COMMONS));
    }

    @Test
    void everyTextIsPrintedAsItWasRead() {
        for (String text :
                new String[] {
                    "admin",
                    "read:document:" + DIARY,
                    "write:document:" + DIARY,
                    "read:reach:intimate",
                    "write:reach:commons"
                }) {
            assertEquals(text, Scope.parse(text).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Admin",
                "admin ",
                "read",
                "read:",
                "read:reach",
                "read:reach:",
                "own:reach:local",
                "read:reach:Local",
                "read:reach:local:",
                "read:document:nobody",
                "read:blob:x"
            })
    void whatIsNoScopeIsRefusedWithWhatIsAllowed(String text) {
        assertThrows(IllegalArgumentException.class, () -> Scope.parse(text));
    }
}
