package org.elohim.node.blob;

/// What became of a change.
public sealed interface Outcome {
    /// It is on the disk.
    record Done() implements Outcome {}

    /// There is no such blob, or it has no reference that could be taken away.
    record Absent() implements Outcome {}

    /// There is no room for it, and why. Nothing has changed.
    record Full(String words) implements Outcome {}

    /// The disk did not take it, and why. Whether it will be found at the next start is open.
    record Failed(String words) implements Outcome {}
}
