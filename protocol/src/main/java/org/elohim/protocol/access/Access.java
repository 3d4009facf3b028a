package org.elohim.protocol.access;

/// What may be done with a document. Who may write may read: one cannot add to what one cannot see.
public enum Access {
    READ,
    WRITE;

    boolean includes(Access other) {
        return compareTo(other) >= 0;
    }
}
