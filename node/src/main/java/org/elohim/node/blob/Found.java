package org.elohim.node.blob;

import java.nio.ByteBuffer;

/// What became of the wish to read a blob.
public sealed interface Found {
    /// All of it, checked.
    record Small(ByteBuffer content) implements Found {}

    /// One that is read block by block, each checked; to be closed.
    record Large(LargeBlobs.Reading content) implements Found {}

    record Absent() implements Found {}

    /// It was here, and what is left of it is bad: it is not served until it is put again.
    record Damaged() implements Found {}

    /// The disk could not be read just now, and why.
    record Unreadable(String words) implements Found {}
}
