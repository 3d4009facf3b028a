/// The actor system of a node ends and begins again while the process goes on.
@NullMarked
package org.elohim.node.restart;

import org.jspecify.annotations.NullMarked;
