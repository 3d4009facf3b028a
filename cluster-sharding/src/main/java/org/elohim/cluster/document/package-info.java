/// The documents of this node: what is in them, who may have them, where their bytes lie.
@NullMarked
package org.elohim.cluster.document;

import org.jspecify.annotations.NullMarked;
