package org.elohim.client;

import org.elohim.client.store.Nodes;
import org.elohim.protocol.id.NodeId;

import java.util.List;
import java.util.Optional;

/// How far a device has come with its nodes.
///
/// @param linked whether any process of this device is there to speak with them
/// @param journal grows with all that is written here or received
/// @param refusals what a node will not take, and why
/// @param onOneNodeOnly own changes that a node holds, and no other of its family, as far as is
///   known
public record SyncStatus(
        NodeId device,
        boolean linked,
        long journal,
        List<NodeStatus> nodes,
        List<Nodes.Refusal> refusals,
        long onOneNodeOnly) {
    public SyncStatus {
        nodes = List.copyOf(nodes);
        refusals = List.copyOf(refusals);
    }

    /// How far it has come with one of them.
    ///
    /// @param unsent changes that are not yet on the node
    /// @param refused changes, deletions and restores that it will not take
    public record NodeStatus(
            String url,
            Optional<NodeId> identity,
            Nodes.Link link,
            String reason,
            long unsent,
            long refused) {
        /// All that the device had is there, all that the node had is here.
        public boolean isLevel() {
            return link == Nodes.Link.LEVEL && unsent == 0;
        }

        public boolean isConnected() {
            return link == Nodes.Link.CATCHING_UP || link == Nodes.Link.LEVEL;
        }

        public boolean isBroken() {
            return link == Nodes.Link.BROKEN;
        }

        /// In words for a person.
        public String sentence() {
            String here =
                    switch ((int) Math.min(unsent, 2)) {
                        case 0 -> "nothing to send";
                        case 1 -> "1 change not yet on the node";
                        default -> unsent + " changes not yet on the node";
                    };
            return switch (link) {
                case IDLE -> here + "; not connected";
                case CONNECTING -> here + "; connecting";
                case CATCHING_UP -> here + "; receiving what it has";
                case LEVEL -> unsent == 0 ? inSync() : here;
                case BROKEN -> here + "; " + reason;
            };
        }

        private String inSync() {
            return refused == 0 ? "in sync" : "in sync but for what it refuses";
        }
    }

    /// How safe it is, in words for a person.
    public String safety() {
        return switch ((int) Math.min(onOneNodeOnly, 2)) {
            case 0 -> "no edit is on one node only";
            case 1 -> "1 edit is on one node only";
            default -> onOneNodeOnly + " edits are on one node only";
        };
    }

    /// There is nothing to wait for: each is level, or cannot be reached.
    public boolean isSettled() {
        return nodes.stream().allMatch(node -> node.isLevel() || (linked && node.isBroken()));
    }

    /// All that the device has is on one of them at least.
    public boolean isOnANode() {
        return nodes.stream().anyMatch(node -> node.unsent() == 0);
    }

    /// With each of them, and there is one.
    public boolean isLevel() {
        return !nodes.isEmpty() && nodes.stream().allMatch(NodeStatus::isLevel);
    }
}
