/// The self-describing formats of libp2p.
@NullMarked
package org.elohim.libp2p.multiformats;

import org.jspecify.annotations.NullMarked;
