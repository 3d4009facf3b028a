package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.elohim.protocol.family.KeyRingText.Parsed;

class KeyRingTextProperties {
    private static final String SECRET = "a key = with # all sorts of signs";

    @Provide
    Arbitrary<KeyRing> rings() {
        var keys =
                Arbitraries.strings()
                        .withCharRange('!', '~')
                        .ofMinLength(16)
                        .ofMaxLength(64)
                        .list()
                        .uniqueElements()
                        .ofMinSize(1)
                        .ofMaxSize(4);
        var spans = Arbitraries.longs().between(1, KeyRing.OVERLAP_MILLIS_MAX);
        return Combinators.combine(keys, spans, spans)
                .as(
                        (texts, overlap, between) -> {
                            KeyRing ring = KeyRing.of(FamilyKey.of(texts.getFirst()));
                            long now = 0;
                            for (String text : texts.subList(1, texts.size())) {
                                now += between;
                                ring =
                                        ring.at(now)
                                                .rotated(FamilyKey.of(text), overlap, overlap, now);
                            }
                            return ring;
                        });
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll("rings") KeyRing ring) {
        assertEquals(new Parsed.Known(ring), KeyRingText.parse(KeyRingText.render(ring)));
    }

    @Property
    void anyTextIsReadOrRefused(@ForAll String text) {
        KeyRingText.parse(text);
        KeyRingText.parse("format = 1\n" + text);
        assertInstanceOf(Parsed.Newer.class, KeyRingText.parse("format = 2\n#\nx" + "\nkey = 1"));
    }

    @Property
    void aTextThatWasCutIsNotAnotherRing(@ForAll("rings") KeyRing ring, @ForAll int where) {
        String text = KeyRingText.render(ring);
        String cut = text.substring(0, Math.floorMod(where, text.length() - 1));
        if (KeyRingText.parse(cut) instanceof Parsed.Damaged(var reason)) {
            assertFalse(reason.contains(ring.newest().key().reveal()));
        }
    }

    @Example
    void aKeyAloneIsAFamilysFirst() {
        assertEquals(
                new Parsed.Known(KeyRing.of(FamilyKey.of(SECRET))),
                KeyRingText.parse("# mine\n" + SECRET + "\n"));
    }

    @Example
    void noComplaintRepeatsAKey() {
        String text = KeyRingText.render(KeyRing.of(FamilyKey.of(SECRET)));
        for (String wrong : new String[] {text.replace(" -", " x"), text + "key = " + SECRET}) {
            var damaged = assertInstanceOf(Parsed.Damaged.class, KeyRingText.parse(wrong));
            assertFalse(damaged.reason().contains(SECRET), damaged.reason());
        }
    }

    /// What a version in the field has written.
    @Example
    void theFirstFormatIsRead() {
        var ring = KeyRing.of(FamilyKey.of("the first key of ours"));
        assertEquals(
                new Parsed.Known(
                        ring.rotated(FamilyKey.of("the second key of ours"), 5000, 5000, 1000)),
                KeyRingText.parse(
                        """
                        # The secret of a family.
                        format = 1
                        family = %s
                        key = 1 5000 - the second key of ours
                        key = 0 0 6000 the first key of ours
                        """
                                .formatted(ring.family().toHex())));
    }
}
