/// How the process ends and what it says then.
@NullMarked
package org.elohim.node.exit;

import org.jspecify.annotations.NullMarked;
