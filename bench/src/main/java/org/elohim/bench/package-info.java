/// Benchmarks: each prints one JSON line per figure, with the limit measured in the same run.
@NullMarked
package org.elohim.bench;

import org.jspecify.annotations.NullMarked;
