package org.elohim.node.config;

/// Where a value came from.
sealed interface Origin {
    record Default() implements Origin {}

    record File(String name, int line) implements Origin {}

    record Environment(String variable) implements Origin {}

    record Flag(String name) implements Origin {}

    /// As it stands behind a value in the print-out of the configuration.
    default String text() {
        return switch (this) {
            case Default _ -> "default";
            case File(var name, var line) -> "file " + TomlText.shown(name) + ":" + line;
            case Environment(var variable) -> "environment " + variable;
            case Flag(var name) -> "flag " + name;
        };
    }

    /// The beginning of an error line about a value of this origin.
    default String blame(Key<?> key, String shown) {
        return switch (this) {
            case Default _ -> key + " = " + shown;
            case File(var name, var line) ->
                    TomlText.shown(name) + ":" + line + ": " + key + " = " + shown;
            case Environment(var variable) -> text() + "=" + shown + ": " + key;
            case Flag _ -> text() + " " + shown + ": " + key;
        };
    }
}
