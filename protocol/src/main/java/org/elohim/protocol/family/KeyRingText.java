package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A key ring as the lines that a node keeps.
///
/// Invariants: what was written is read back as the same; a text that consists of nothing but a key
/// is that key, so that a person can put one there.
public final class KeyRingText {
    private static final String INTRODUCTION =
            "# The secret of a family: whoever has it is family. Give it away as a join code only:"
                    + " ./elohim family show\n";
    private static final int FORMAT = 1;
    private static final String NEVER = "-";
    private static final Pattern SPACE = Pattern.compile(" ");

    private KeyRingText() {}

    /// What a text is found to be.
    public sealed interface Parsed {
        record Known(KeyRing ring) implements Parsed {}

        /// Written by a newer version.
        record Newer(int format) implements Parsed {}

        /// None of ours, for a reason that tells nothing of a key.
        record Damaged(String reason) implements Parsed {}
    }

    public static String render(KeyRing ring) {
        return INTRODUCTION
                + "format = "
                + FORMAT
                + "\nfamily = "
                + ring.family().toHex()
                + "\n"
                + ring.keys().stream()
                        .map(
                                each ->
                                        "key = %d %d %s %s\n"
                                                .formatted(
                                                        each.generation(),
                                                        each.overlapMillis(),
                                                        each.ends().isPresent()
                                                                ? each.ends().getAsLong()
                                                                : NEVER,
                                                        each.key().reveal()))
                        .collect(Collectors.joining())
                + ring.past().stream().map("past = %s\n"::formatted).collect(Collectors.joining());
    }

    public static Parsed parse(String text) {
        List<String> lines =
                text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
        try {
            if (lines.size() == 1) {
                return new Parsed.Known(KeyRing.of(FamilyKey.of(lines.getFirst().strip())));
            }
            return lines.isEmpty() ? new Parsed.Damaged("it is empty") : ofLines(lines);
        } catch (IllegalArgumentException wrong) {
            return new Parsed.Damaged(String.valueOf(wrong.getMessage()));
        }
    }

    private static Parsed ofLines(List<String> lines) {
        Bytes family = Bytes.EMPTY;
        var keys = new ArrayList<KeyRing.Held>();
        var past = new ArrayList<String>();
        int format = 0;
        for (String line : lines) {
            int equals = line.indexOf(" = ");
            String value = equals < 0 ? "" : line.substring(equals + 3);
            switch (equals < 0 ? "" : line.substring(0, equals)) {
                case "format" -> format = (int) Math.min(Integer.MAX_VALUE, number(value));
                case "family" -> family = Bytes.parseHex(value);
                case "key" -> keys.add(held(value));
                case "past" -> past.add(value);
                // Of a newer version, where its format says so; else somebody has edited it.
                default -> {
                    if (format == FORMAT) {
                        return new Parsed.Damaged("it has a line that is none of ours");
                    }
                }
            }
            if (format > FORMAT) {
                return new Parsed.Newer(format);
            }
        }
        return format == FORMAT
                ? new Parsed.Known(new KeyRing(family, keys, past))
                : new Parsed.Damaged("it does not say its format");
    }

    private static KeyRing.Held held(String value) {
        String[] parts = SPACE.split(value, 4);
        if (parts.length < 4) {
            throw new IllegalArgumentException("a key is not complete");
        }
        return KeyRing.held(
                FamilyKey.of(parts[3]),
                number(parts[0]),
                number(parts[1]),
                parts[2].equals(NEVER) ? OptionalLong.empty() : OptionalLong.of(number(parts[2])));
    }

    // Its own message would repeat the text.
    private static long number(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("a number of a key is none");
        }
        return Long.parseLong(text);
    }
}
