/// Tokens as text, and the command line that makes and revokes them.
@NullMarked
package org.elohim.node.token;

import org.jspecify.annotations.NullMarked;
