/// Families of real nodes that are played a schedule of faults, and the judgement of what they did.
@NullMarked
package org.elohim.tests.faults;

import org.jspecify.annotations.NullMarked;
