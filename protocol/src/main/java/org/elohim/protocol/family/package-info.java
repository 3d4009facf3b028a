/// Who is family, who leads it, and what becomes of one that was cut apart.
@NullMarked
package org.elohim.protocol.family;

import org.jspecify.annotations.NullMarked;
