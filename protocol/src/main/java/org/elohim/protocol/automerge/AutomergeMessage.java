package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What one peer tells another about a document in Automerge's sync protocol, version 1.
///
/// @param heads all that the sender has, said by its last changes
/// @param need changes that the receiver is to send, whatever the filters claim
/// @param have what the receiver need not send; without any it is to send what is needed and
///   nothing else
/// @param changes chunks, as they came or lie in the journal
public record AutomergeMessage(
        List<ContentHash> heads, List<ContentHash> need, List<Have> have, List<Bytes> changes) {
    public AutomergeMessage {
        heads = List.copyOf(heads);
        need = List.copyOf(need);
        have = List.copyOf(have);
        changes = List.copyOf(changes);
    }

    /// All that these changes build on, themselves included, and what is in the filter.
    ///
    /// @param lastSync what both had when they last agreed, as the sender remembers
    public record Have(List<ContentHash> lastSync, BloomFilter filter) {
        static final Have NOTHING = new Have(List.of(), BloomFilter.EMPTY);

        public Have {
            lastSync = List.copyOf(lastSync);
        }
    }

    /// The sender does not know what we remember of it, and wants all from the beginning: who has
    /// something and no memory of us would put it into the filter.
    boolean isReset() {
        return !heads.isEmpty() && have.equals(List.of(Have.NOTHING));
    }
}
