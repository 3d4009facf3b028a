/// The deterministic simulator: real cores on virtual time, a seeded network and seeded faults.
@NullMarked
package org.elohim.protocol.sim;

import org.jspecify.annotations.NullMarked;
