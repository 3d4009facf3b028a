/// Who may speak to this node, and what each may do.
@NullMarked
package org.elohim.cluster.token;

import org.jspecify.annotations.NullMarked;
