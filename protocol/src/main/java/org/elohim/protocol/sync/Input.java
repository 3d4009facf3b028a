package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.List;
import java.util.Set;

/// What can happen to a session. A ticket is that of the output which is answered.
public sealed interface Input {
    /// A carrier is there; it replaces the one before.
    ///
    /// @param challenge for the peer to sign, or empty
    /// @param proof for the peer's challenge, or empty where there was none
    record Connected(long connection, Bytes challenge, Bytes proof) implements Input {}

    record Disconnected(long connection) implements Input {}

    record Received(long connection, SyncMessage message) implements Input {}

    /// Twice a second or more often, by a clock that never goes back.
    record Tick(long nowMillis) implements Input {}

    /// This was committed to the own journal, in its order. None may be left out that the peer may
    /// hold; of each the session looks at once whether it is of use now.
    ///
    /// @param through nothing else up to this ordering is for the peer
    record Fresh(List<StreamEntry> entries, long through) implements Input {
        public Fresh {
            entries = List.copyOf(entries);
        }

        public static Fresh of(StreamEntry entry) {
            return new Fresh(List.of(entry), entry.ordering());
        }
    }

    /// What a lane of the own journal holds next.
    ///
    /// @param through all entries of the lane up to this ordering were looked at
    /// @param end there was nothing beyond when the page was read
    /// @param gap something was passed over that the peer should have, because it cannot be read
    record Page(long ticket, List<StreamEntry> entries, long through, boolean end, boolean gap)
            implements Input {
        public Page {
            entries = List.copyOf(entries);
        }

        public Page(long ticket, List<StreamEntry> entries, long through, boolean end) {
            this(ticket, entries, through, end, false);
        }
    }

    /// What became of changes that were to be taken.
    ///
    /// @param durable what of the awaited is fsynced here, and whatever else has become so
    /// @param missing what the rest waits for; a change that is neither here nor kept waiting
    ///   itself included
    /// @param heads of the document, where something is missing, or where it was restored
    /// @param settled of the changes that came with the Take and need not come again, because they
    ///   are here or were refused, those that no other of them builds on: unlike our heads, the
    ///   peer knows them for sure
    record Taken(
            long ticket,
            Set<ContentHash> durable,
            List<Refusal> refused,
            List<ContentHash> missing,
            List<ContentHash> heads,
            List<ContentHash> settled)
            implements Input {
        public Taken {
            durable = Set.copyOf(durable);
            refused = List.copyOf(refused);
            missing = List.copyOf(missing);
            heads = List.copyOf(heads);
            settled = List.copyOf(settled);
        }
    }

    record Refusal(ContentHash hash, Limit limit, String explanation) {}

    /// What was to be taken was no change at all.
    record Poisoned(long ticket, String reason) implements Input {}

    /// The beginning, in topological order, of what was asked for.
    record ChangesRead(long ticket, List<Bytes> changes) implements Input {
        public ChangesRead {
            changes = List.copyOf(changes);
        }
    }

    record DigestsRead(long ticket, List<SyncMessage.Digest> digests, boolean end)
            implements Input {
        public DigestsRead {
            digests = List.copyOf(digests);
        }
    }

    /// What the comparison of digests showed, once every higher life and ruling is fsynced here.
    ///
    /// @param differing the documents that live on both sides, with other heads here, or none; and
    ///   what was only to be told of
    record Compared(long ticket, List<Differing> differing) implements Input {
        public Compared {
            differing = List.copyOf(differing);
        }
    }

    record Differing(DocumentId document, List<ContentHash> heads) {
        public Differing {
            heads = List.copyOf(heads);
        }
    }

    /// The peer's stream has reached a higher tier here, up to this position.
    record Raised(long position, Tier tier) implements Input {}

    /// Somebody wants to be sure: all documents are to be compared with the peer's.
    record CompareAll() implements Input {}

    /// Somebody wants to read a document of which nothing is here, whatever the peer has told of
    /// it.
    record Seek(DocumentId document) implements Input {}

    /// Whatever could be had of the document is here now.
    record Obtained(long ticket) implements Input {}

    /// Why positions of the peer's stream have not reached this tier here; without words where
    /// nothing is in the way.
    record Obstacle(Tier tier, String words) implements Input {}

    /// How it stands here, to be told to a sibling.
    ///
    /// @param readable whether everything that lies here can be read
    record Standing(long documents, long toSend, long waitingMillis, boolean readable)
            implements Input {}

    /// The node stops, or no longer wants this relationship to be connected.
    record Closing(String reason) implements Input {}
}
