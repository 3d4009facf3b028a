package org.elohim.crdt.process;

import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.protocol.Bytes;

import java.util.List;

/// What the parent asks of its child; the child answers each with one `Reply`.
sealed interface Request {
    record Open(long document, Bytes actor) implements Request {}

    record Apply(long document, Bytes chunks) implements Request {}

    record Change(long document, List<Edit.Step> steps) implements Request {
        public Change {
            steps = List.copyOf(steps);
        }
    }

    record Read(long document, Path path) implements Request {}

    /// All of it, unless it is too long.
    record View(long document, long sizeMax) implements Request {}

    /// Whether it can be read, as far as a `View` of that size would; what stands there stays where
    /// it is. `WHOLE` is all of it, with the marks of its texts.
    record Check(long document, long sizeMax) implements Request {
        static final long WHOLE = Long.MAX_VALUE;
    }

    record Conflicts(long document) implements Request {}

    record Heads(long document) implements Request {}

    record Save(long document) implements Request {}

    record Close(long document) implements Request {}

    record Ping() implements Request {}
}
