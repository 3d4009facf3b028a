/// What all nodes of a family know beside documents: tokens, revocations, devices.
@NullMarked
package org.elohim.protocol.ledger;

import org.jspecify.annotations.NullMarked;
