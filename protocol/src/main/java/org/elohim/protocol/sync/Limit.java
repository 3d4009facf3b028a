package org.elohim.protocol.sync;

/// Which limit a refused change ran into.
public enum Limit {
    DOCUMENT_BYTES,
    DOCUMENT_CHANGES,
    SEQUENCE,
    ENTANGLED,
    BEHIND_REFUSED,
    DOCUMENT_DELETED,
    REACH,
    /// The other side cannot read what it holds of the document.
    UNREADABLE,
    /// The sender has announced it, and does not hand it out any more, or not what it builds on.
    WITHHELD
}
