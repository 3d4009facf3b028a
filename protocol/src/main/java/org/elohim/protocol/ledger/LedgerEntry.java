package org.elohim.protocol.ledger;

import org.elohim.protocol.access.Scope;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.util.List;
import java.util.Optional;

/// One thing that a node tells its family for ever.
///
/// Invariants: nothing in it is secret, of a token there is only the hash; it is small. `atMillis`
/// is of the author's clock: shown to people, and never used for order where that matters.
public sealed interface LedgerEntry {
    int LABEL_CHARS_MAX = 100;
    int SCOPES_MAX = 100;

    /// How often a node may have gone and come back; counted on from here it would overflow.
    long LIFE_MAX = 1L << 62;

    /// Another node has proved at the author's door that it has its own key and the family's. So
    /// what it writes counts for whoever trusts the author.
    ///
    /// @param life how often the node had gone for good before, as far as the author knew
    record NodeMet(NodeId node, long life) implements LedgerEntry {
        public NodeMet {
            checkLife(life, LIFE_MAX);
        }

        public NodeMet(NodeId node) {
            this(node, 0);
        }
    }

    /// A node is none of the family any more: its owner has removed it, or it has left. What it has
    /// written goes on to count.
    ///
    /// @param life which of its lives has ended; it may be met again in the next
    record NodeGone(NodeId node, long life) implements LedgerEntry {
        public NodeGone {
            checkLife(life, LIFE_MAX - 1);
        }
    }

    /// A token may be shown at every node of the family.
    record TokenIssued(ContentHash hash, String label, List<Scope> scopes, long atMillis)
            implements LedgerEntry {
        public TokenIssued {
            scopes = List.copyOf(scopes);
            if (scopes.isEmpty() || scopes.size() > SCOPES_MAX) {
                throw new IllegalArgumentException("scopes=" + scopes.size());
            }
            checkLabel(label);
            checkTime(atMillis);
        }
    }

    /// A token is worth nothing any more, wherever and whenever it was issued.
    record TokenRevoked(ContentHash hash, long atMillis) implements LedgerEntry {
        public TokenRevoked {
            checkTime(atMillis);
        }
    }

    /// A device has proved its key at the author for the first time: asks that it be registered.
    ///
    /// @param token that it came with, or nothing where that was the operator's own, which may be a
    ///   word that somebody could guess from its hash
    record DeviceSeen(NodeId device, Optional<ContentHash> token, String label, long atMillis)
            implements LedgerEntry {
        public DeviceSeen {
            checkLabel(label);
            checkTime(atMillis);
        }
    }

    /// The leader's answer.
    ///
    /// @param term of the leader, who is the author of the entry
    record DeviceRegistered(
            NodeId device, Optional<ContentHash> token, String label, long atMillis, Term term)
            implements LedgerEntry {
        public DeviceRegistered {
            checkLabel(label);
            checkTime(atMillis);
        }
    }

    private static void checkLife(long life, long max) {
        if (life < 0 || life > max) {
            throw new IllegalArgumentException("life=" + life);
        }
    }

    private static void checkLabel(String label) {
        if (label.length() > LABEL_CHARS_MAX) {
            throw new IllegalArgumentException("label characters=" + label.length());
        }
    }

    private static void checkTime(long atMillis) {
        if (atMillis < 0) {
            throw new IllegalArgumentException("at=" + atMillis);
        }
    }
}
