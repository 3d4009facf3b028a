/// What the machine is and has.
@NullMarked
package org.elohim.node.host;

import org.jspecify.annotations.NullMarked;
