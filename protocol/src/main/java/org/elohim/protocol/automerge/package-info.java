/// What automerge-repo clients speak: ids, sync messages, frames, and the state machine that
/// answers.
@NullMarked
package org.elohim.protocol.automerge;

import org.jspecify.annotations.NullMarked;
