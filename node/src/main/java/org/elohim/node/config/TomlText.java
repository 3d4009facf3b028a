package org.elohim.node.config;

/// Untrusted text made fit for a line of output: nothing in it can break the line or hide a part.
final class TomlText {
    // Enough to recognise a value, short enough to keep a problem on one line.
    private static final int SHOWN_CHARS_MAX = 80;
    private static final int SENTENCE_CHARS_MAX = 240;
    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private TomlText() {}

    /// A TOML string with all of the text.
    static String quote(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints()
                .forEach(
                        character -> {
                            if (character == '"' || character == '\\') {
                                quoted.append('\\');
                            }
                            append(quoted, character);
                        });
        return quoted.append('"').toString();
    }

    /// The beginning of a value or name, for people.
    static String shown(String text) {
        return shown(text, SHOWN_CHARS_MAX);
    }

    /// The beginning of a sentence that may contain a value.
    static String sentence(String text) {
        return shown(text, SENTENCE_CHARS_MAX);
    }

    private static String shown(String text, int max) {
        var shown = new StringBuilder();
        text.codePoints().limit(max).forEach(character -> append(shown, character));
        return text.codePointCount(0, text.length()) > max
                ? shown.append('…').toString()
                : shown.toString();
    }

    private static void append(StringBuilder text, int character) {
        if (isPrintable(character)) {
            text.appendCodePoint(character);
        } else if (Character.isBmpCodePoint(character)) {
            text.append("\\u%04x".formatted(character));
        } else {
            text.append("\\U%08x".formatted(character));
        }
    }

    /// Whether a character is seen as itself. Marks that reorder text are not; the joiner inside
    /// emoji of families is.
    static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.FORMAT -> character == ZERO_WIDTH_JOINER;
            default -> true;
        };
    }
}
