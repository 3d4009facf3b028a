/// The store of blobs on this machine's disk: segments, files, the index over both.
@NullMarked
package org.elohim.node.blob;

import org.jspecify.annotations.NullMarked;
