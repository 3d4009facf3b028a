/// Which nodes are to hold what of a blob, what is still to be done for it, and what it is worth
/// that they do.
@NullMarked
package org.elohim.protocol.blob.replication;

import org.jspecify.annotations.NullMarked;
