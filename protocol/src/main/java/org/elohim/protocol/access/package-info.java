/// What the bearer of a token may do.
@NullMarked
package org.elohim.protocol.access;

import org.jspecify.annotations.NullMarked;
