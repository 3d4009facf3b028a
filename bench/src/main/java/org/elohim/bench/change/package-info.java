/// What the change graph costs in time and heap.
@NullMarked
package org.elohim.bench.change;

import org.jspecify.annotations.NullMarked;
