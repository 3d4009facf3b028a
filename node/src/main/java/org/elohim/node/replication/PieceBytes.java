package org.elohim.node.replication;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A piece that can be read from any place. Not for several threads.
///
/// Invariants: no byte is handed out that was not checked.
interface PieceBytes extends AutoCloseable {
    /// Some bytes from here on, at least one; nobody touches them any more.
    ///
    /// @param at below the length of the piece
    ByteBuffer read(long at) throws IOException;

    @Override
    void close() throws IOException;
}
