package org.elohim.cluster.replica;

/// What nodes of a family ask each other's replicas, and what these answer, as Jackson CBOR.
///
/// Invariants: the name of a message never changes and its fields are only ever added to, since the
/// nodes of a family are not updated at the same moment; none is larger than what the lines between
/// nodes take in one piece.
public interface Asked {}
