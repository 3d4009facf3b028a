package org.elohim.client.blob;

/// What became of getting a blob.
public sealed interface BlobGot {
    /// All of it is here, and it is what its name says.
    record Received(long sizeBytes) implements BlobGot {}

    /// The node knows of no such blob.
    record Absent() implements BlobGot {}

    /// The node does not give it, and why.
    record Refused(String reason) implements BlobGot {}

    /// The node cannot be reached, or cannot read it just now. What has come stays for the next
    /// try.
    record Unreachable(String reason) implements BlobGot {}
}
