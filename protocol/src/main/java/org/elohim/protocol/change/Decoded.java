package org.elohim.protocol.change;

/// What a decoder made of bytes from another party: a value, or the reason why there is none.
public sealed interface Decoded<T> {
    record Parsed<T>(T value) implements Decoded<T> {}

    record Malformed<T>(String reason) implements Decoded<T> {}
}
