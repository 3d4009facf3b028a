package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class JsonTextTest {
    @Test
    void whatIsReadIsWrittenTheSameWithItsKeysInOrder() {
        assertEquals(
                "{\"a\":[1,-2.5,true,null,\"é🥛\\n\",{}],\"b\":9007199254740993,"
                        + "\"c\":18446744073709551615,\"d\":1.0E300}",
                written(
                        read(
                                "{ \"d\": 1e300, \"c\": 18446744073709551615, \"b\":"
                                        + " 9007199254740993, \"a\": [1, -2.5, true, null,"
                                        + " \"é\\ud83e\\udd5b\\n\", {}] }")));
    }

    @Test
    void aNumberHasOneFormHoweverItIsWritten() {
        for (String one : List.of("1", "1.0", "1e0", "10e-1")) {
            assertEquals(
                    new Value.Fields(Map.of("n", new Value.Int(1))), read("{\"n\":" + one + "}"));
        }
        assertEquals(new Value.Fields(Map.of("n", new Value.Int(0))), read("{\"n\":-0.0}"));
        assertEquals(read("{\"n\":1e20}"), read("{\"n\":100000000000000000000}"));
    }

    /// JavaScript writes as few digits as tell the number from others, and zeros behind them.
    @Test
    void wholeNumbersThatOtherProgramsWriteAreTaken() {
        for (String number :
                List.of("36893488147419103232", "36893488147419103000", "-9223372036854775808")) {
            assertEquals(
                    read("{\"n\":" + Double.parseDouble(number) + "}"),
                    read("{\"n\":" + number + "}"));
        }
    }

    @Test
    void whatWouldBecomeSomethingElseIsRefusedInWords() {
        for (String bad :
                List.of(
                        "",
                        "nonsense",
                        "[]",
                        "1",
                        "null",
                        "{",
                        "{\"a\":}",
                        "{\"a\":1,}",
                        "{} {}",
                        "{\"a\":1,\"a\":2}",
                        "{\"\":1}",
                        "{\"a\":NaN}",
                        "{\"a\":1e999}",
                        "{\"a\":" + "9".repeat(400) + "}",
                        "{\"a\":" + "9".repeat(4_000) + "}",
                        // Of these a document would hold another one.
                        "{\"a\":18446744073709551617}",
                        "{\"a\":-9223372036854775809}",
                        "{\"a\":100000000000000000001}",
                        "{\"a\":\"\\ud800\"}",
                        "{\"\\udc00\":1}",
                        "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}",
                        "{\"a\":" + "[".repeat(1_000_000))) {
            String words =
                    String.valueOf(
                            assertThrows(
                                            IllegalArgumentException.class,
                                            () -> read(bad),
                                            bad.substring(0, Math.min(40, bad.length())))
                                    .getMessage());
            assertTrue(words.length() > 10 && words.length() < 400, words);
        }
        byte[] halfACharacter = {'{', '"', 'a', '"', ':', '"', (byte) 0xc3, '"', '}'};
        assertThrows(
                IllegalArgumentException.class, () -> JsonText.read(Bytes.copyOf(halfACharacter)));
        assertEquals(
                100,
                written(read("{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}"))
                        .chars()
                        .filter(c -> c == '[' || c == '{')
                        .count());
    }

    @Test
    void whatIsTooLongIsNotWritten() {
        Value whole = new Value.Text("a".repeat(JsonText.BYTES_MAX - 2), List.of());
        assertTrue(JsonText.write(whole).isPresent());
        assertTrue(JsonText.write(new Value.Items(List.of(whole))).isEmpty());
    }

    private static Value.Fields read(String json) {
        return JsonText.read(Bytes.copyOf(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String written(Value value) {
        return new String(JsonText.write(value).orElseThrow().toArray(), StandardCharsets.UTF_8);
    }
}
