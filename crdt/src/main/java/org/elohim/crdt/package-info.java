/// Reading and editing documents: `CrdtEngine`, in this process or in a child of it.
@NullMarked
package org.elohim.crdt;

import org.jspecify.annotations.NullMarked;
