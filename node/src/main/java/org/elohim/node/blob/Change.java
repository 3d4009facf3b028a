package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;

/// What is to become durable.
sealed interface Change {
    ContentHash key();

    /// Keeps a blob whose content has this hash. Where it is there already, its grace begins anew.
    record Put(ContentHash key, ByteBuffer content) implements Change {}

    /// Keeps a blob whose file is on the disk under its name.
    record PutLarge(ContentHash key, long bytes) implements Change {}

    /// Adds a reference.
    record Retain(ContentHash key) implements Change {}

    /// Takes a reference away; without any the blob's grace begins.
    record Release(ContentHash key) implements Change {}

    /// Ends a blob, unless something was said of it since this sequence.
    record Forget(ContentHash key, long sequence) implements Change {}
}
