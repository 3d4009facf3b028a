/// The journal of which nodes hold what of which blob.
@NullMarked
package org.elohim.cluster.blob;

import org.jspecify.annotations.NullMarked;
