package org.elohim.crdt;

import org.elohim.protocol.change.FieldReader;
import org.jspecify.annotations.Nullable;

import java.util.function.Function;

/// One field of all operations of a change, where what repeats itself is written once.
///
/// Invariants: a column that is over, or was never there, gives nothing for every operation more;
/// so does one with a mistake, from there on.
final class Column<T> {
    private final FieldReader in;
    private final Function<FieldReader, T> read;
    private @Nullable T repeated;
    private long left;
    private boolean literal;

    Column(FieldReader in, Function<FieldReader, T> read) {
        this.in = in;
        this.read = read;
    }

    boolean hasNext() {
        return !in.failed() && (left > 0 || in.remaining() > 0);
    }

    @Nullable T next() {
        if (!hasNext()) {
            return null;
        }
        if (left == 0) {
            begin(in.signed("length of a run"));
        }
        left--;
        T value = literal ? read.apply(in) : repeated;
        return in.failed() ? null : value;
    }

    // One value many times; or that many different ones; or as many times none as stands behind.
    private void begin(long length) {
        literal = length < 0;
        left = length == 0 ? in.unsigned("length of a gap") : Math.abs(length);
        repeated = length > 0 ? read.apply(in) : null;
    }
}
