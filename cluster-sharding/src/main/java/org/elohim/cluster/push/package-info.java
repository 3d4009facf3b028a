/// Clients that are told what becomes of documents, and say nothing themselves.
@NullMarked
package org.elohim.cluster.push;

import org.jspecify.annotations.NullMarked;
