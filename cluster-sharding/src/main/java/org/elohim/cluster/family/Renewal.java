package org.elohim.cluster.family;

import org.elohim.protocol.family.Address;

import java.util.Optional;

/// Ends the node's actors and begins them again inside the same process: a member that was removed
/// can only come back as another one.
@FunctionalInterface
public interface Renewal {
    /// Never waits.
    ///
    /// @param why in words, for a person
    /// @param joinFirst the door of the node whose cluster is to be joined
    void order(String why, Optional<Address> joinFirst);
}
