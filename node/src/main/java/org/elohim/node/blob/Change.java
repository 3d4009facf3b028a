package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;

/// What is to become durable.
///
/// Invariants: each may be repeated, and a repeat of the last one about a blob changes nothing;
/// whoever was not answered, or does not know whether he was, may say it again.
sealed interface Change {
    ContentHash key();

    /// Keeps a blob.
    sealed interface Keep extends Change {
        /// It has at least so many references from now on; without any its grace begins anew.
        int references();
    }

    /// Keeps a blob whose content has this hash; nobody touches the buffer any more.
    record Put(ContentHash key, ByteBuffer content, int references) implements Keep {
        Put(ContentHash key, ByteBuffer content) {
            this(key, content, 0);
        }
    }

    /// Keeps a blob whose file is on the disk under its name.
    record PutLarge(ContentHash key, long bytes, int references) implements Keep {
        PutLarge(ContentHash key, long bytes) {
            this(key, bytes, 0);
        }
    }

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
