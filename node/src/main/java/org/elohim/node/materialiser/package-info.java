/// Reading and writing documents for those who have no engine of their own: as JSON.
@NullMarked
package org.elohim.node.materialiser;

import org.jspecify.annotations.NullMarked;
