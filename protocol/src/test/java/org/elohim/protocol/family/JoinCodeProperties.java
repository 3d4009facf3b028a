package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.util.List;
import java.util.Locale;

class JoinCodeProperties {
    private static final String VERSION_1 =
            "ELOHIM-040G0-80024-H36H2-NCSVR-H6DAQ-F6DVV-QZ008-J4CT4-ANK7F-24SNA-XWSQF-EZW7T-431H7-4S2WC-9P70Q-32BHJ-63F9J-9JN";

    @Provide
    Arbitrary<JoinCode> codes() {
        var hex = Arbitraries.strings().withChars("0123456789abcdef").ofLength(64);
        var words = Arbitraries.strings().withCharRange('!', '~').ofMinLength(16).ofMaxLength(90);
        var anyWords = Arbitraries.of("schöne alte Bäume am See", "家族のための秘密の合言葉は長くします");
        var hosts = Arbitraries.of("192.168.1.7", "fe80::1%eth0", "rack.example", "a");
        var addresses =
                Combinators.combine(hosts, Arbitraries.integers().between(1, 65_535))
                        .as(Address::new)
                        .list()
                        .ofMaxSize(JoinCode.ADDRESSES_MAX);
        var keys = Arbitraries.oneOf(hex, words, anyWords).map(FamilyKey::of);
        var ofFirstKey = Combinators.combine(keys, addresses).as(JoinCode::new);
        var generations = Arbitraries.longs().between(0, KeyRing.GENERATION_MAX);
        var changed =
                Combinators.combine(keys, keys, generations, addresses)
                        .as(
                                (key, first, generation, all) ->
                                        new JoinCode(key, first.family(), generation, all));
        return Arbitraries.oneOf(ofFirstKey, changed);
    }

    @Property
    void codeAndTextDetermineEachOther(@ForAll("codes") JoinCode code) {
        assertEquals(code, JoinCode.parse(code.text()));
        assertEquals(code.text(), JoinCode.parse(code.text()).text());
    }

    @Property
    void caseDashesAndBlanksDoNotMatter(@ForAll("codes") JoinCode code) {
        String typed = code.text().toLowerCase(Locale.ROOT).replace("-", " \n");
        assertEquals(code, JoinCode.parse(typed));
    }

    @Property
    void aMistypedCharacterIsNoticed(
            @ForAll("codes") JoinCode code,
            @ForAll @IntRange(min = 0) int where,
            @ForAll @IntRange(min = 1, max = 31) int by) {
        String digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        String text = code.text();
        int from = "ELOHIM-".length();
        int at = from + where % (text.length() - from);
        if (text.charAt(at) != '-') {
            char other = digits.charAt((digits.indexOf(text.charAt(at)) + by) % 32);
            String mistyped = text.substring(0, at) + other + text.substring(at + 1);
            assertThrows(IllegalArgumentException.class, () -> JoinCode.parse(mistyped));
        }
    }

    @Property
    void aBeginningIsNoCode(@ForAll("codes") JoinCode code, @ForAll @IntRange(min = 0) int length) {
        String beginning = code.text().substring(0, length % code.text().length());
        assertThrows(IllegalArgumentException.class, () -> JoinCode.parse(beginning));
    }

    @Property
    void anyTextIsACodeOrRefusedInWords(@ForAll String text) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> JoinCode.parse("ELOHIM" + text));
        assertTrue(refused.getMessage() != null && !refused.getMessage().isBlank());
    }

    /// What a former version has printed is still read.
    @Example
    void aCodeOfVersion1IsOfAFamilyThatHasItsFirstKey() {
        var key = FamilyKey.of("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
        var code = new JoinCode(key, List.of(new Address("192.168.1.20", 4002)));
        assertEquals(code, JoinCode.parse(VERSION_1));
        assertEquals(VERSION_1, code.text());
        assertEquals(KeyRing.of(key), code.ring());
    }

    @Example
    void aMadeKeyAndOneAddressFitOnOneLine() {
        var key = FamilyKey.of("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
        String text = new JoinCode(key, List.of(new Address("192.168.1.20", 7946))).text();
        assertTrue(text.length() <= 120, text);
    }
}
