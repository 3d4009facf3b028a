package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;

/// What is to become durable.
///
/// Invariants: each may be repeated, and a repeat of the last one about a blob changes nothing;
/// whoever was not answered, or does not know whether he was, may say it again.
sealed interface Change {
    ContentHash key();

    /// Keeps a blob whose content has this hash; nobody touches the buffer any more. Where it is
    /// there already, its grace begins anew.
    record Put(ContentHash key, ByteBuffer content) implements Change {}

    /// Keeps a blob whose file is on the disk under its name.
    record PutLarge(ContentHash key, long bytes) implements Change {}

    /// A blob has so many references; without any its grace begins.
    record References(ContentHash key, int count) implements Change {
        public References {
            if (count < 0) {
                throw new IllegalArgumentException("references=" + count);
            }
        }
    }

    /// Ends a blob, unless something was said of it since this sequence.
    record Forget(ContentHash key, long sequence) implements Change {}
}
