/// What the node serves over HTTP.
@NullMarked
package org.elohim.node.api;

import org.jspecify.annotations.NullMarked;
