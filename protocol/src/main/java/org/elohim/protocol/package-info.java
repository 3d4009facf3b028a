/// The pure core: values and decisions without threads, clocks, sockets or randomness of their own.
@NullMarked
package org.elohim.protocol;

import org.jspecify.annotations.NullMarked;
