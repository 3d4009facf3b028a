package org.elohim.cluster.repo;

import org.elohim.protocol.automerge.RepoConnection.Step;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.List;
import java.util.Optional;

/// A document that a client has open, and how far it is with it.
///
/// Invariants: nothing more is said to the document before it has answered what it was asked last,
/// so what comes meanwhile is told as one; an answer to an earlier conversation means nothing to
/// the present one.
///
/// Thousands are open at once and most of them still, so there is not much of it.
final class OpenDocument {
    final DocumentId id;

    /// Counts the conversations.
    int conversation;

    /// What both are known to have; outlives a conversation.
    List<ContentHash> shared = List.of();

    List<ContentHash> theirs = List.of();

    /// What the client has asked for, while it is looked for at the family's other nodes.
    Optional<Step.Talk> looking = Optional.empty();

    /// Something has become of it that the client has not been told.
    boolean moved;

    /// Nothing is to be told of it: it may not be read any more, or not by such a client.
    boolean silent;

    /// The conversation may be forgotten without loss.
    boolean settled = true;

    long spokenMillis = Long.MIN_VALUE;

    private boolean ready = true;
    private int unanswered;

    OpenDocument(DocumentId id) {
        this.id = id;
    }

    boolean isBusy() {
        return unanswered > 0 || !ready || looking.isPresent();
    }

    void asked() {
        unanswered++;
    }

    void answered(boolean readyForMore) {
        // Of one that has slept meanwhile a late answer is not missed any more.
        unanswered = Math.max(0, unanswered - 1);
        ready = readyForMore;
    }

    /// The conversation has ended on the document's side.
    void forgotten() {
        conversation++;
        unanswered = 0;
        ready = true;
        settled = true;
    }
}
