/// Whole daemons as real processes, and the rules that hold the house together.
@NullMarked
package org.elohim.tests;

import org.jspecify.annotations.NullMarked;
