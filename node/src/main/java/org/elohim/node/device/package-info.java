/// Devices that sync with this node.
@NullMarked
package org.elohim.node.device;

import org.jspecify.annotations.NullMarked;
