package org.elohim.cluster.family;

/// What actors of a family's nodes say to each other, as Jackson CBOR.
public interface Spoken {}
