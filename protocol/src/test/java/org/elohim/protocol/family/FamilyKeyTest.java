package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FamilyKeyTest {
    private static final String TEXT = "correct horse battery staple";

    @Test
    void theSameTextGivesTheSameOnEveryNodeForEver() {
        assertEquals("006baf4379483117", FamilyKey.of(TEXT).tag());
        assertEquals(
                "2d5dc191eff33799c977fba6427e00341ad3dd95dd8093205fc48c47b91c72a7",
                FamilyKey.of(TEXT).derive("certificate authority v1", 32).toHex());
    }

    @Test
    void eachPurposeHasBytesOfItsOwn() {
        var key = FamilyKey.of(TEXT);
        assertNotEquals(key.derive("one", 32), key.derive("two", 32));
        assertNotEquals(key.derive("one", 32), FamilyKey.of(TEXT + "!").derive("one", 32));
    }

    @Test
    void isNotPrinted() {
        assertFalse(FamilyKey.of(TEXT).toString().contains("horse"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"too short", " blank at the beginning", "not\tprintable at all"})
    void whatNoFamilyCanHaveIsRefusedWithoutBeingRepeated(String text) {
        var refused = assertThrows(IllegalArgumentException.class, () -> FamilyKey.of(text));
        assertFalse(String.valueOf(refused.getMessage()).contains(text));
    }
}
