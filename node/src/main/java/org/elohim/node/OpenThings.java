package org.elohim.node;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;

/// What a daemon has opened so far, closed in the reverse order.
///
/// Invariants: each thing is closed once, also when the order to stop arrives in the middle of the
/// start; one that fails to close does not keep the others open.
final class OpenThings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenThings.class);

    private record Thing(String name, AutoCloseable closeable) {}

    private final Deque<Thing> open = new ArrayDeque<>();
    private boolean closed;

    synchronized void add(String name, AutoCloseable thing) throws StartFailure {
        open.push(new Thing(name, thing));
        if (closed) {
            closeAll();
            throw new StartFailure(ExitCode.STOPPED, "It was told to stop.");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        closeAll();
    }

    private void closeAll() {
        while (!open.isEmpty()) {
            Thing thing = open.pop();
            try {
                thing.closeable().close();
            } catch (Exception failed) {
                LOG.error("could not close {}", thing.name(), failed);
            }
        }
    }
}
