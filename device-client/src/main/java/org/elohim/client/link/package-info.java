/// The way to a node.
@NullMarked
package org.elohim.client.link;

import org.jspecify.annotations.NullMarked;
