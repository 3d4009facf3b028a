package org.elohim.node.blob;

/// How much memory contents may take.
///
/// @param readBytes of those that are read often
/// @param arrivingBytes of those that come from others
/// @param queuedBytes of small ones that wait for the disk
public record BlobMemory(long readBytes, long arrivingBytes, long queuedBytes) {}
