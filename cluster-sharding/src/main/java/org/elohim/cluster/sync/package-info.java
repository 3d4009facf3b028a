/// The node's relationships with its peers: who is connected, what each may have, how far each is.
@NullMarked
package org.elohim.cluster.sync;

import org.jspecify.annotations.NullMarked;
