/// Blobs of a node from a device: bringing them there, getting them, naming them in documents.
@NullMarked
package org.elohim.client.blob;

import org.jspecify.annotations.NullMarked;
