package org.elohim.cluster.journal;

import java.util.Iterator;
import java.util.Optional;

/// A snapshot that is nowhere as a whole: it is written part by part, and put together again while
/// its parts are read.
///
/// Its actor goes on at once and does not wait until it is on the disk, since what large states
/// come to takes seconds. So it has to be something that does not change any more.
///
/// Invariants: there is a part, if only an empty one; none is much larger than those into which
/// other snapshots are cut.
public interface InParts {
    /// Each made when it is asked for.
    Iterator<? extends Part> parts();

    /// What is written and read at once.
    interface Part extends Journaled {
        /// What all parts are together from the first to this one: in the end the snapshot, for the
        /// actor's adapter. What is handed on may be changed and handed on again.
        ///
        /// @param before of the part before; nothing where this is the first one
        Object joinedTo(Optional<Object> before);
    }
}
