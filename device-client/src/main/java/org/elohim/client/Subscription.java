package org.elohim.client;

/// Somebody who is told of changes, until it is closed.
public interface Subscription extends AutoCloseable {
    @Override
    void close();
}
