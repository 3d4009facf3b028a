/// How the nodes of one family find each other and sync.
@NullMarked
package org.elohim.node.family;

import org.jspecify.annotations.NullMarked;
