/// Connections over which devices and other nodes sync with this one.
@NullMarked
package org.elohim.node.sync;

import org.jspecify.annotations.NullMarked;
