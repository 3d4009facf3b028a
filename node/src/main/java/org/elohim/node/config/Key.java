package org.elohim.node.config;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// All that is known about one setting: its name, how it is read, what it may be and why.
///
/// Invariants: a key without a default is optional; a secret has neither default nor example.
///
/// @param alias a shorter environment variable, beside the one that every key has
/// @param example a value in TOML, for keys without a default
record Key<T>(
        Section section,
        String name,
        ValueType<T> type,
        String allowed,
        String doc,
        @Nullable T standard,
        @Nullable String alias,
        @Nullable String example,
        boolean secret) {

    static <T> Key<T> of(
            Section section, String name, ValueType<T> type, String allowed, String doc) {
        return new Key<>(section, name, type, allowed, doc, null, null, null, false);
    }

    Key<T> withDefault(T value) {
        return new Key<>(section, name, type, allowed, doc, value, alias, example, secret);
    }

    Key<T> withAlias(String variable) {
        return new Key<>(section, name, type, allowed, doc, standard, variable, example, secret);
    }

    Key<T> withExample(String toml) {
        return new Key<>(section, name, type, allowed, doc, standard, alias, toml, secret);
    }

    Key<T> asSecret() {
        return new Key<>(section, name, type, allowed, doc, standard, alias, example, true);
    }

    String variable() {
        return "ELOHIM_" + (section + "_" + name).toUpperCase(Locale.ROOT);
    }

    /// The environment variables that set this key, the shorter one first.
    List<String> variables() {
        var variables = new ArrayList<String>();
        if (alias != null) {
            variables.add(alias);
        }
        variables.add(variable());
        return variables;
    }

    @Override
    public String toString() {
        return section + "." + name;
    }
}
