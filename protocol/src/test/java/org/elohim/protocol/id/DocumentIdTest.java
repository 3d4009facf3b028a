package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentIdTest {
    // Ids that automerge-repo 2.5.6 printed for these bytes.
    @ParameterizedTest
    @CsvSource({
        "37ywKiupmbvrh9DWrSpS64F5P2Dw, 9832ae35f9bc4c229a425c9730896080",
        "69DHdaV2LAzrFPBsGKoERhZmd7X, 065cf0e3575c48e1a93f195a3775892c",
        "3ozpgTNXb4iV45T7BbT4VUyQ1iEp, c9b8325ab66044229ad7ecbb5477ea7f",
        "111111QXhYZza3GqLStHjsryD, 00000000000040008000000000000000",
        "vKkZ3XGRwwJHMVRTBVgnt1wjwS, 0123456789ab4def8123456789abcdef",
        "4ZrjxJnTzDTFtrSobF8SzDHjoqZR, ffffffffffff4fffbfffffffffffffff"
    })
    void theTextIsThatOfAutomergeRepo(String text, String hex) {
        var id = new DocumentId(Bytes.parseHex(hex));

        assertEquals(text, id.toString());
        assertEquals(id, DocumentId.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "37ywKiupmbvrh9DWrSpS64F5P2Dx",
                "37ywKiupmbvrh9DWrSpS64F5P2D",
                "automerge:37ywKiupmbvrh9DWrSpS64F5P2Dw",
                "9832ae35-f9bc-4c22-9a42-5c9730896080",
                "0OIl"
            })
    void whatIsNoDocumentIdIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> DocumentId.parse(text));
    }

    @Test
    void aUuidThatIsNotRandomIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new DocumentId(Bytes.parseHex("9832ae35f9bc1c229a425c9730896080")));
        assertThrows(
                IllegalArgumentException.class,
                () -> new DocumentId(Bytes.parseHex("9832ae35f9bc4c221a425c9730896080")));
        assertThrows(
                IllegalArgumentException.class, () -> new DocumentId(Bytes.parseHex("9832ae35")));
    }

    @Test
    void orderIsBytewise() {
        var low = new DocumentId(Bytes.parseHex("00000000000040008000000000000000"));
        var high = new DocumentId(Bytes.parseHex("ffffffffffff4fffbfffffffffffffff"));

        assertTrue(low.compareTo(high) < 0);
    }
}
