/// How pieces of blobs come from one node of a family to another: what is said, in which order it
/// is fetched, and from whom.
@NullMarked
package org.elohim.protocol.blob.transfer;

import org.jspecify.annotations.NullMarked;
