/// The node's own key.
@NullMarked
package org.elohim.node.identity;

import org.jspecify.annotations.NullMarked;
