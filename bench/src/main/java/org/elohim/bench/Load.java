package org.elohim.bench;

/// Callers that run until closed.
interface Load extends AutoCloseable {
    /// Events committed and acknowledged so far.
    long committed();

    @Override
    void close();
}
