/// The daemon: arguments, exit codes, start and stop order.
@NullMarked
package org.elohim.node;

import org.jspecify.annotations.NullMarked;
