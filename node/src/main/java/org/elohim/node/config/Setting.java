package org.elohim.node.config;

/// A key's value and where it came from.
record Setting<T>(Key<T> key, T value, Origin origin) {
    String toml() {
        return key.secret() ? TomlText.quote(Secret.PLACEHOLDER) : key.type().toToml().apply(value);
    }
}
