package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Ruling;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// What a session wants done, in this order.
public sealed interface Output {
    record Send(long connection, SyncMessage message) implements Output {}

    record Close(long connection, String reason) implements Output {}

    /// Answered by Page.
    record ReadPage(long ticket, Lane lane, long after, int entriesMax, long bytesMax)
            implements Output {}

    /// Put these changes into the document; answered by Taken or Poisoned, once what was accepted
    /// is fsynced. Without changes it only asks whether the awaited ones are here. Of an outlier
    /// the reference is noted, and counts as durable though its content is missing.
    record Take(
            long ticket,
            Lane lane,
            DocumentId document,
            List<ContentHash> awaited,
            List<Bytes> changes)
            implements Output {
        public Take {
            awaited = List.copyOf(awaited);
            changes = List.copyOf(changes);
        }
    }

    /// Note what the peer did to the document; answered by Taken once it is fsynced. A life that is
    /// not higher than the document's changes nothing, and is durable already.
    ///
    /// @param life as in StreamEntry
    record TakeMark(long ticket, StreamEntry.Kind kind, DocumentId document, long life)
            implements Output {}

    /// Note what the family's other node knows of who may have the document; answered by Taken once
    /// it is fsynced. A ruling that is not higher than the document's changes nothing, and is
    /// durable already.
    ///
    /// @param life to be noted with it, as of a mark
    record TakeRuling(long ticket, DocumentId document, Ruling ruling, long life)
            implements Output {}

    /// Answered by ChangesRead: ancestors of the hashes, or all there is where there are none, less
    /// what the heads imply; at least one change, however large, if there is any.
    record ReadChanges(
            long ticket,
            DocumentId document,
            List<ContentHash> heads,
            List<ContentHash> hashes,
            long bytesMax)
            implements Output {}

    /// The peer asks for a document that is not here, or not all of it; get it from wherever it may
    /// be, as far as the peer may have it. Answered by Obtained, in the end in any case.
    record Obtain(long ticket, DocumentId document) implements Output {}

    /// Answered by DigestsRead, ascending by document; those that are deleted included.
    record ReadDigests(long ticket, @Nullable DocumentId after, int max) implements Output {}

    /// Take in what is said to have a higher life or ruling than here, then compare; answered by
    /// Compared.
    ///
    /// @param toTell of these nothing is to be taken, only to be told which of them differ, be it
    ///   by a life that is higher than here
    record CompareDigests(
            long ticket, List<SyncMessage.Digest> digests, List<SyncMessage.Digest> toTell)
            implements Output {
        public CompareDigests {
            digests = List.copyOf(digests);
            toTell = List.copyOf(toTell);
        }
    }

    /// Journal the positions of the relationship.
    ///
    /// @param firm what follows may be said only once this is on the disk. Else losing it costs
    ///   duplicates, nothing else, so a disk that takes nothing at the moment ends no connection
    record Persist(State state, boolean firm) implements Output {}

    /// The peer holds these entries, and all before `position`, at this tier. Those of a higher
    /// tier than accepted were named before.
    record Acknowledged(long position, Tier tier, List<StreamEntry> entries) implements Output {
        public Acknowledged {
            entries = List.copyOf(entries);
        }
    }

    /// With the peer, all of the own journal up to these cursors has this tier; where they go back,
    /// nothing is known of what lies behind them any more.
    record Reached(Tier tier, Map<Lane, Long> cursors) implements Output {
        public Reached {
            cursors = Map.copyOf(cursors);
        }
    }

    /// What keeps the peer from calling more of our stream so safe; no words where nothing does.
    record Obstacle(Tier tier, String words) implements Output {}

    /// The peer will not take these changes of ours, and says why.
    record Refused(SyncMessage.Refused refused) implements Output {}

    /// What a relationship remembers across restarts.
    ///
    /// @param peerRun of the peer's process that has given the number `held`
    /// @param held all of the peer's stream up to here is durable here
    /// @param compareDue something of what was once held may be lost here: all documents are to be
    ///   compared with the peer's
    record State(
            Positions.Saved mine, long peerEpoch, long peerRun, long held, boolean compareDue) {
        public static State initial(long epoch) {
            return new State(Positions.Saved.initial(epoch), 0, 0, 0, false);
        }
    }
}
