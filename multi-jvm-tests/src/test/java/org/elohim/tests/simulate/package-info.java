/// Families of real nodes on one machine, for people to play with: `./elohim simulate start`.
@NullMarked
package org.elohim.tests.simulate;

import org.jspecify.annotations.NullMarked;
