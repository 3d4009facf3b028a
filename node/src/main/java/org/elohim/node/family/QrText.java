package org.elohim.node.family;

import io.nayuki.qrcodegen.QrCode;

/// A text as a QR code that a terminal can show: two rows of squares in each line.
final class QrText {
    // What surrounds a code must be light; the standard wants four, readers are content with two.
    private static final int MARGIN = 2;
    // Black on white, whatever the terminal's own colours are.
    private static final String COLOURS = "\u001b[30;107m";
    private static final String COLOURS_END = "\u001b[0m";

    private QrText() {}

    /// Shows it dark on light.
    ///
    /// @param coloured where the lines go to a terminal; else the light squares are drawn, as for a
    ///   light font on a dark ground
    static String of(String text, boolean coloured) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.LOW);
        var out = new StringBuilder();
        for (int y = -MARGIN; y < code.size + MARGIN; y += 2) {
            out.append(coloured ? COLOURS : "");
            for (int x = -MARGIN; x < code.size + MARGIN; x++) {
                out.append(
                        square(
                                code.getModule(x, y) == coloured,
                                code.getModule(x, y + 1) == coloured));
            }
            out.append(coloured ? COLOURS_END : "").append('\n');
        }
        return out.toString();
    }

    private static char square(boolean upper, boolean lower) {
        if (upper) {
            return lower ? '█' : '▀';
        }
        return lower ? '▄' : ' ';
    }
}
