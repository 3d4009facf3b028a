/// Faults that tests of several modules inject.
@NullMarked
package org.elohim.protocol.fault;

import org.jspecify.annotations.NullMarked;
