/// Reading and editing documents. Nothing is built here yet; see the state of features in the
/// README.
@NullMarked
package org.elohim.crdt;

import org.jspecify.annotations.NullMarked;
