package org.elohim.node.restart;

import org.elohim.protocol.family.Address;

import java.util.Optional;

/// Orders that the node's actors end and begin again inside this process: what merges two clusters
/// of one family, and what lets another family key count.
///
/// May be called from any thread, and never waits. What is ordered before the new actors begin is
/// all of it done by that one restart; what is ordered later, by one more.
public interface Restart {
    /// Orders one.
    ///
    /// @param why in words, for the log and for the devices whose connections end
    /// @param joinFirst the door of the node whose cluster is to be joined; of several orders the
    ///   last one that names a door counts
    void restart(String why, Optional<Address> joinFirst);
}
