/// The family's ledger at one node: kept level with the node's own tokens.
@NullMarked
package org.elohim.cluster.ledger;

import org.jspecify.annotations.NullMarked;
