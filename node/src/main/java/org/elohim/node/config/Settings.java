package org.elohim.node.config;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The values found so far, and what was wrong with others.
///
/// Invariants: the first value offered for a key stands, so sources are read from the strongest to
/// the weakest; a key's setting has the type of the key.
final class Settings {
    private final Map<Key<?>, Setting<?>> found = new HashMap<>();
    private final Set<Key<?>> refused = new HashSet<>();

    /// Judges a flag's or a variable's value; what is wrong with it becomes a line.
    <T> Optional<String> offer(Key<T> key, Origin origin, String text) {
        return offer(key, origin, key.type().ofText(), text, TomlText.shown(text));
    }

    /// Judges a value of the file.
    <T> Optional<String> offer(Key<T> key, Origin origin, Raw raw) {
        return offer(key, origin, key.type().ofRaw(), raw, raw.shown());
    }

    private <T, I> Optional<String> offer(
            Key<T> key, Origin origin, Function<I, T> read, I input, String shown) {
        try {
            found.putIfAbsent(key, new Setting<>(key, read.apply(input), origin));
            return Optional.empty();
        } catch (IllegalArgumentException wrong) {
            refused.add(key);
            return Optional.of(
                    origin.blame(key, key.secret() ? "(not shown)" : shown)
                            + ": "
                            + TomlText.sentence(String.valueOf(wrong.getMessage()))
                            + "; allowed: "
                            + key.allowed());
        }
    }

    /// Whether these keys have the values that their owner meant. Rules between keys say nothing
    /// about a default that stands in for a refused value.
    boolean areMeant(Key<?>... keys) {
        return Arrays.stream(keys).noneMatch(refused::contains);
    }

    <T> void replace(Key<T> key, T value, Origin origin) {
        found.put(key, new Setting<>(key, value, origin));
    }

    /// What the key is set to, else its default; empty for an optional key that nobody set.
    <T> Optional<Setting<T>> find(Key<T> key) {
        // Only `offer` and `replace` fill the map, and both pair a key with its own type.
        @SuppressWarnings("unchecked")
        Setting<T> setting = (Setting<T>) found.get(key);
        if (setting == null && key.standard() != null) {
            setting = new Setting<>(key, key.standard(), new Origin.Default());
        }
        return Optional.ofNullable(setting);
    }

    <T> T get(Key<T> key) {
        return find(key).orElseThrow().value();
    }

    <T> @Nullable T getOrNull(Key<T> key) {
        return find(key).map(Setting::value).orElse(null);
    }

    EffectiveConfig effective() {
        List<Key<?>> keys = ConfigKeys.ALL;
        return new EffectiveConfig(keys.stream().map(this::entry).toList());
    }

    private EffectiveConfig.Entry entry(Key<?> key) {
        return find(key)
                .<EffectiveConfig.Entry>map(
                        setting ->
                                new EffectiveConfig.Entry.Set(
                                        key.section().toString(),
                                        key.name(),
                                        setting.toml(),
                                        setting.origin().text()))
                .orElseGet(
                        () ->
                                new EffectiveConfig.Entry.NotSet(
                                        key.section().toString(), key.name()));
    }
}
