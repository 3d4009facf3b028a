/// How far something may travel.
@NullMarked
package org.elohim.protocol.reach;

import org.jspecify.annotations.NullMarked;
