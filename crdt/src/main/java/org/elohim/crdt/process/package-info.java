/// The engine in a child process, so that a change that aborts its JVM aborts nothing else.
@NullMarked
package org.elohim.crdt.process;

import org.jspecify.annotations.NullMarked;
