package org.elohim.node.config;

import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The text of a file as a source of settings.
///
/// Invariants: problems come in the order of their lines; no problem shows text of the file that
/// could be a secret.
final class TomlSettings {
    // The parser quotes what it stumbles over, and that may be a secret without its quotes.
    private static final Pattern STUMBLED_OVER =
            Pattern.compile("^Unexpected '.*', expected ", Pattern.DOTALL);
    private static final Pattern DUPLICATE = Pattern.compile("previously defined at line \\d+");

    private record Problem(int line, String text) {}

    private final String name;
    private final Settings settings;
    private final List<Problem> problems = new ArrayList<>();

    private TomlSettings(String name, Settings settings) {
        this.name = name;
        this.settings = settings;
    }

    static List<String> read(String name, String text, Settings settings) {
        var source = new TomlSettings(name, settings);
        source.read(text);
        return source.problems.stream()
                .sorted(Comparator.comparingInt(Problem::line))
                .map(Problem::text)
                .toList();
    }

    private void read(String text) {
        TomlParseResult parsed;
        try {
            parsed = Toml.parse(text);
        } catch (StackOverflowError _) {
            // The parser recurses; nothing of ours is on that stack to be left half done.
            problems.add(new Problem(0, TomlText.shown(name) + ": nested too deeply"));
            return;
        }
        parsed.keySet().forEach(key -> readSection(parsed, key));
        // Behind an error the parser guesses where it is, so what it says there is not to be
        // trusted. A duplicate is no such error.
        int sureBefore =
                parsed.errors().stream()
                        .filter(error -> !isDuplicate(error))
                        .mapToInt(error -> error.position().line())
                        .min()
                        .orElse(Integer.MAX_VALUE);
        problems.removeIf(problem -> problem.line() >= sureBefore);
        parsed.errors().forEach(this::add);
    }

    private void add(TomlParseError error) {
        int line = error.position().line();
        String message = String.valueOf(error.getMessage());
        String kind = isDuplicate(error) ? "duplicate key: " : "not TOML: ";
        String harmless = STUMBLED_OVER.matcher(message).replaceFirst("unexpected text, expected ");
        problems.add(
                new Problem(
                        line,
                        TomlText.shown(name)
                                + ":"
                                + line
                                + ":"
                                + error.position().column()
                                + ": "
                                + kind
                                + TomlText.sentence(harmless)));
    }

    private static boolean isDuplicate(TomlParseError error) {
        return DUPLICATE.matcher(String.valueOf(error.getMessage())).find();
    }

    private void readSection(TomlTable file, String sectionName) {
        int line = line(file, List.of(sectionName), 1);
        Optional<Section> section = Section.of(sectionName);
        if (section.isEmpty()) {
            add(line, "unknown section " + TomlText.shown(sectionName) + suggestion(sectionName));
        } else if (file.get(List.of(sectionName)) instanceof TomlTable table) {
            table.keySet().forEach(key -> readKey(table, section.get(), key, line));
        } else {
            add(line, sectionName + " is a section; write [" + sectionName + "] above its keys");
        }
    }

    private void readKey(TomlTable table, Section section, String keyName, int sectionLine) {
        int line = line(table, List.of(keyName), sectionLine);
        Optional<Key<?>> key =
                ConfigKeys.of(section).stream().filter(k -> k.name().equals(keyName)).findFirst();
        if (key.isEmpty()) {
            add(
                    line,
                    "unknown key "
                            + section
                            + "."
                            + TomlText.shown(keyName)
                            + suggestion(section, keyName));
            return;
        }
        Raw raw = raw(table.get(List.of(keyName)));
        settings.offer(key.get(), new Origin.File(name, line), raw)
                .ifPresent(problem -> problems.add(new Problem(line, problem)));
    }

    private void add(int line, String problem) {
        problems.add(new Problem(line, TomlText.shown(name) + ":" + line + ": " + problem));
    }

    private static int line(TomlTable table, List<String> path, int otherwise) {
        @Nullable TomlPosition position = table.inputPositionOf(path);
        return position == null ? otherwise : position.line();
    }

    private static String suggestion(String sectionName) {
        List<String> sections = Arrays.stream(Section.values()).map(Section::toString).toList();
        return Suggestion.closest(sectionName, sections)
                // A key above the first section header is a common slip.
                .or(() -> closestKey(ConfigKeys.ALL, sectionName))
                .map(found -> " (did you mean " + found + "?)")
                .orElse(" (known: " + String.join(", ", sections) + ")");
    }

    private static String suggestion(Section section, String keyName) {
        return closestKey(ConfigKeys.of(section), keyName)
                .or(() -> closestKey(ConfigKeys.ALL, keyName))
                .map(found -> " (did you mean " + found + "?)")
                .orElse("");
    }

    private static Optional<String> closestKey(List<Key<?>> keys, String name) {
        return Suggestion.closest(name, keys.stream().<String>map(Key::name).toList())
                .flatMap(found -> keys.stream().filter(key -> key.name().equals(found)).findFirst())
                .map(Key::toString);
    }

    private static Raw raw(@Nullable Object value) {
        return value instanceof TomlArray array
                ? new Raw.Items(
                        IntStream.range(0, array.size()).mapToObj(i -> item(array.get(i))).toList())
                : item(value);
    }

    private static Raw item(@Nullable Object value) {
        return switch (value) {
            case String text -> new Raw.Text(text);
            case Long number -> new Raw.Whole(number);
            case Boolean truth -> new Raw.Truth(truth);
            case Double _ -> new Raw.Other("a decimal number");
            case TomlTable _ -> new Raw.Other("a table");
            case TomlArray _ -> new Raw.Other("a list in a list");
            case null, default -> new Raw.Other("a date or time");
        };
    }
}
