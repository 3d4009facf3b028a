/// How two peers bring each other what the other lacks: what they say, and the state machine.
@NullMarked
package org.elohim.protocol.sync;

import org.jspecify.annotations.NullMarked;
