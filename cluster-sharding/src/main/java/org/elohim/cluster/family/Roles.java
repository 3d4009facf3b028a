package org.elohim.cluster.family;

import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// How a member of the cluster tells which node it is and what it takes part in.
///
/// Invariants: `part` and `node` read what `of` wrote; a member that tells no node is none of the
/// family's, and nothing is decided because of it.
public final class Roles {
    private static final String NODE = "node-";
    private static final String OBSERVER = "observer";

    private Roles() {}

    public static List<String> of(NodeId node, Part part) {
        return switch (part) {
            case FULL -> List.of(ofNode(node));
            case OBSERVER -> List.of(ofNode(node), OBSERVER);
        };
    }

    /// The role that this node alone has.
    public static String ofNode(NodeId node) {
        return NODE + node;
    }

    public static Optional<NodeId> node(Set<String> roles) {
        return roles.stream()
                .filter(role -> role.startsWith(NODE))
                .findFirst()
                .flatMap(role -> parse(role.substring(NODE.length())));
    }

    private static Optional<NodeId> parse(String text) {
        try {
            return Optional.of(NodeId.parse(text));
        } catch (IllegalArgumentException none) {
            return Optional.empty();
        }
    }

    static Part part(Set<String> roles) {
        return roles.contains(OBSERVER) ? Part.OBSERVER : Part.FULL;
    }
}
