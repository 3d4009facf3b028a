/// Where log lines go and how they read.
@NullMarked
package org.elohim.node.log;

import org.jspecify.annotations.NullMarked;
