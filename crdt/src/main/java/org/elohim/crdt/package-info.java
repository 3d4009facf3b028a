/// Reading and editing documents: `CrdtEngine`, in this process only for now.
@NullMarked
package org.elohim.crdt;

import org.jspecify.annotations.NullMarked;
