package org.elohim.node;

import akka.http.javadsl.model.Host;
import akka.http.javadsl.model.HttpEntity;

import java.util.Objects;

/// Classes of Akka HTTP that hold each other up for ever where two threads use them for the first
/// time at the same moment: a superclass has a static field of its own subclass.
///
/// Invariants: once `load` has returned, no thread waits for them any more.
///
/// It has happened: a node that was called and calling in the first moments after its start hung
/// with both threads of its dispatcher, alive and silent.
final class HttpClasses {
    private HttpClasses() {}

    /// To be called before anything else speaks HTTP.
    static void load() {
        // Of each pair the superclass first: so its thread loads both.
        Objects.requireNonNull(Host.EMPTY);
        Objects.requireNonNull(HttpEntity.ChunkStreamPart.LAST);
    }
}
