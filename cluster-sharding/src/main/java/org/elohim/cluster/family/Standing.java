package org.elohim.cluster.family;

import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.util.List;
import java.util.Optional;

/// How the family stands, as this node knows it.
///
/// @param account what is told at the door
/// @param actors where this node's own are
/// @param acting in which term this node leads
/// @param highest term that was ever seen here
/// @param members of the cluster, by their ids; nobody while this node belongs to none
public record Standing(
        Account account,
        String actors,
        Optional<Term> acting,
        Optional<Term> highest,
        List<Member> members) {
    /// Whether there is a way to a member.
    public enum Reach {
        REACHABLE,
        /// This node does not hear it, but others do.
        THROUGH_OTHERS,
        LOST
    }

    /// One node of the cluster.
    ///
    /// @param actors where its actors are
    /// @param door where others of the family meet it, once it has told
    /// @param sinceMillis of the clock that the family was given, when its reach became what it is
    public record Member(
            NodeId node,
            String process,
            String actors,
            Optional<Address> door,
            Part part,
            String status,
            Reach reach,
            long sinceMillis) {}

    public Standing {
        members = List.copyOf(members);
    }
}
