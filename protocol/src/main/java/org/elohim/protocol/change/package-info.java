/// The changes of one document: what one looks like, how they hang together, which are missing.
@NullMarked
package org.elohim.protocol.change;

import org.jspecify.annotations.NullMarked;
