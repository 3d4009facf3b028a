/// How the command line speaks with a running node, as its operator.
@NullMarked
package org.elohim.node.operator;

import org.jspecify.annotations.NullMarked;
