/// Who belongs to the family and who is there now.
@NullMarked
package org.elohim.cluster.family;

import org.jspecify.annotations.NullMarked;
