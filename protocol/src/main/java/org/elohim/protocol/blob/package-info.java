/// What a store of blobs writes and how it is read again: records, segments, the index. Files are
/// elsewhere.
@NullMarked
package org.elohim.protocol.blob;

import org.jspecify.annotations.NullMarked;
