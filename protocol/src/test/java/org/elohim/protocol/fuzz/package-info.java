/// Coverage-guided fuzzing: how a target is run, in each build for moments and for hours if asked.
@NullMarked
package org.elohim.protocol.fuzz;

import org.jspecify.annotations.NullMarked;
