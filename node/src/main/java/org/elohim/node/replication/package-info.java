/// Brings pieces of blobs to the family's other nodes and from them: what carries out what is
/// decided in `org.elohim.protocol.blob.replication`.
@NullMarked
package org.elohim.node.replication;

import org.jspecify.annotations.NullMarked;
