package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nayuki.qrcodegen.QrCode;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.junit.jupiter.api.Test;

import java.util.List;

class QrTextTest {
    private static final String CODE =
            new JoinCode(FamilyKey.of("5a".repeat(32)), List.of(new Address("192.168.1.7", 4002)))
                    .text();

    private static boolean isDrawn(List<String> lines, int x, int y) {
        char square = lines.get(y / 2).charAt(x);
        return square == '█' || square == (y % 2 == 0 ? '▀' : '▄');
    }

    @Test
    void everySquareIsShown() {
        QrCode code = QrCode.encodeText(CODE, QrCode.Ecc.LOW);
        List<String> lines = QrText.of(CODE, false).lines().toList();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                assertEquals(code.getModule(x, y), !isDrawn(lines, x + 2, y + 2));
            }
        }
    }

    @Test
    void aCodeFitsIntoATerminal() {
        List<String> lines = QrText.of(CODE, false).lines().toList();
        assertTrue(lines.getFirst().length() < 60 && lines.size() < 40, lines.getFirst());
    }
}
