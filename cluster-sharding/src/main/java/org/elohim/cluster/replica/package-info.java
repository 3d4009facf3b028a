/// Where other nodes of the family reach what this node holds.
@NullMarked
package org.elohim.cluster.replica;

import org.jspecify.annotations.NullMarked;
