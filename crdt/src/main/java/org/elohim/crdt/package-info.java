/// Reading and editing documents: `CrdtEngine`, and the one that runs in this process.
@NullMarked
package org.elohim.crdt;

import org.jspecify.annotations.NullMarked;
