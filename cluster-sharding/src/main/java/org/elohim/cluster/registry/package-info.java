/// What the network knows of one node.
@NullMarked
package org.elohim.cluster.registry;

import org.jspecify.annotations.NullMarked;
