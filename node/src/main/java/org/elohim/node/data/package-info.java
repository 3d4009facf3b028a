/// The directory that holds everything a node owns, and who may use it.
@NullMarked
package org.elohim.node.data;

import org.jspecify.annotations.NullMarked;
