package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Ruling;
import org.jspecify.annotations.Nullable;

import java.util.List;

/// Everything two peers of a sync relationship say to each other.
///
/// Invariants: no message can be made that the codec of the other side would refuse for its lengths
/// or numbers.
public sealed interface SyncMessage {
    /// Far beyond any real stream, and far from an overflow when counted on.
    long POSITION_MAX = 1L << 62;

    /// How often a document may have been deleted and restored; counted on from here it would
    /// overflow, however far a peer has jumped.
    long LIFE_MAX = 1L << 62;

    /// One frame of small events; a page of digests fits as well.
    int EVENTS_MAX = 256;

    /// Heads and hashes in one list: a document with more heads than this is pathological, and
    /// fewer heads than there are only cost duplicates.
    int HASHES_MAX = 4096;

    int DIGESTS_MAX = 1024;

    /// Inline or in answer to a Need.
    int CHANGES_MAX = 4096;

    int TEXT_CHARS_MAX = 1024;

    /// As many as can be configured.
    int PARTS_MAX = 64;

    /// A challenge or an Ed25519 signature.
    int CHALLENGE_BYTES_MAX = 64;

    /// As much of a text for a person as a message may carry.
    static String words(String text) {
        return text.substring(0, Math.min(text.length(), TEXT_CHARS_MAX));
    }

    /// How many bytes of changes it brings.
    default long changeBytes() {
        return switch (this) {
            case Events(long _, var events) ->
                    events.stream().mapToLong(event -> sum(event.changes())).sum();
            case Changes(var _, var changes) -> sum(changes);
            case Challenge _,
                    Hello _,
                    Withdrawn _,
                    Deleted _,
                    Restored _,
                    Ruled _,
                    Ack _,
                    Level _,
                    Standing _,
                    Obstacle _,
                    Need _,
                    Compare _,
                    Digests _,
                    Refused _,
                    Failure _ ->
                    0;
        };
    }

    private static long sum(List<Bytes> changes) {
        return changes.stream().mapToLong(Bytes::size).sum();
    }

    /// What the one who was called says before anything else: who it is, and what the caller's
    /// Hello has to sign. It goes no further than the carrier's driver.
    ///
    /// @param part of the family's documents, which is all that it takes; nothing where it takes
    ///   everything
    record Challenge(NodeId identity, Bytes nonce, List<Part> part) implements SyncMessage {
        public Challenge {
            atMost("nonce bytes", nonce.size(), CHALLENGE_BYTES_MAX);
            atMost("parts", part.size(), PARTS_MAX);
            part = List.copyOf(part);
        }

        public Challenge(NodeId identity, Bytes nonce) {
            this(identity, nonce, List.of());
        }
    }

    /// The first message of a session in each direction; a run names a process of the one who
    /// numbers.
    ///
    /// @param attempt counts the connections of the sender's run, from 1; of two Hellos the one of
    ///   the later attempt counts
    /// @param acknowledged of the stream that begins here, as far as the sender remembers
    /// @param part as in Challenge
    record Hello(
            int version,
            NodeId identity,
            long capabilities,
            long streamEpoch,
            long streamRun,
            long attempt,
            long acknowledged,
            long heldEpoch,
            long heldRun,
            long heldPosition,
            Bytes challenge,
            Bytes proof,
            List<Part> part)
            implements SyncMessage {
        public Hello {
            atMost("parts", part.size(), PARTS_MAX);
            part = List.copyOf(part);
            atMost("version", version, Integer.MAX_VALUE);
            atMost("attempt", attempt, Long.MAX_VALUE);
            atMost("acknowledged position", acknowledged, POSITION_MAX);
            atMost("held position", heldPosition, POSITION_MAX);
            atMost("challenge bytes", challenge.size(), CHALLENGE_BYTES_MAX);
            atMost("proof bytes", proof.size(), CHALLENGE_BYTES_MAX);
        }

        public Hello(
                int version,
                NodeId identity,
                long capabilities,
                long streamEpoch,
                long streamRun,
                long attempt,
                long acknowledged,
                long heldEpoch,
                long heldRun,
                long heldPosition,
                Bytes challenge,
                Bytes proof) {
            this(
                    version,
                    identity,
                    capabilities,
                    streamEpoch,
                    streamRun,
                    attempt,
                    acknowledged,
                    heldEpoch,
                    heldRun,
                    heldPosition,
                    challenge,
                    proof,
                    List.of());
        }
    }

    record Events(long firstPosition, List<Event> events) implements SyncMessage {
        public Events {
            checkPosition(firstPosition);
            atMost("events", events.size(), EVENTS_MAX);
            if (events.isEmpty()) {
                throw new IllegalArgumentException("no events");
            }
            events = List.copyOf(events);
        }

        public long lastPosition() {
            return firstPosition + events.size() - 1;
        }
    }

    /// One entry of the stream that brings changes, or offers them.
    ///
    /// @param hashes of the event's changes, at least those that imply all others
    /// @param changes none, or the bytes of all of them
    record Event(DocumentId document, List<ContentHash> hashes, Lane kind, List<Bytes> changes) {
        public Event {
            atMost("hashes", hashes.size(), HASHES_MAX);
            atMost("inline changes", changes.size(), CHANGES_MAX);
            if (hashes.isEmpty()) {
                throw new IllegalArgumentException("an event without hashes");
            }
            hashes = List.copyOf(hashes);
            changes = List.copyOf(changes);
        }
    }

    /// Asks for the digests of the documents after this one, from the first where there is none.
    record Compare(@Nullable DocumentId after) implements SyncMessage {}

    record Digests(List<Digest> digests, boolean end) implements SyncMessage {
        public Digests {
            atMost("digests", digests.size(), DIGESTS_MAX);
            for (int i = 1; i < digests.size(); i++) {
                if (digests.get(i - 1).document().compareTo(digests.get(i).document()) >= 0) {
                    throw new IllegalArgumentException("digests do not ascend at " + i);
                }
            }
            // Whoever asks on would ask the same again for ever.
            if (digests.isEmpty() && !end) {
                throw new IllegalArgumentException("no digests, and not the end");
            }
            digests = List.copyOf(digests);
        }
    }

    /// What of a document follows from its changes and marks.
    ///
    /// @param heads digest of its heads; of none where it is deleted
    /// @param life 0 where it was never deleted, odd where it is, even where it was restored
    /// @param ruling told within a family only, else none
    record Digest(DocumentId document, ContentHash heads, long life, Ruling ruling) {
        public Digest {
            atMost("life", life, LIFE_MAX);
        }

        public Digest(DocumentId document, ContentHash heads, long life) {
            this(document, heads, life, Ruling.NONE);
        }

        public boolean isDeleted() {
            return life % 2 == 1;
        }

        boolean isRuled() {
            return !ruling.equals(Ruling.NONE);
        }

        Digest withoutRuling() {
            return new Digest(document, heads, life);
        }
    }

    record Need(DocumentId document, List<ContentHash> heads, List<ContentHash> hashes)
            implements SyncMessage {
        public Need {
            atMost("heads", heads.size(), HASHES_MAX);
            atMost("hashes", hashes.size(), HASHES_MAX);
            heads = List.copyOf(heads);
            hashes = List.copyOf(hashes);
        }
    }

    record Changes(DocumentId document, List<Bytes> changes) implements SyncMessage {
        public Changes {
            atMost("changes", changes.size(), CHANGES_MAX);
            changes = List.copyOf(changes);
        }
    }

    record Ack(long position, Tier tier) implements SyncMessage {
        public Ack {
            checkPosition(position);
        }
    }

    record Refused(DocumentId document, List<ContentHash> hashes, Limit limit, String explanation)
            implements SyncMessage {
        public Refused {
            atMost("hashes", hashes.size(), HASHES_MAX);
            atMost("explanation characters", explanation.length(), TEXT_CHARS_MAX);
            hashes = List.copyOf(hashes);
        }
    }

    record Withdrawn(long position, DocumentId document) implements SyncMessage {
        public Withdrawn {
            checkPosition(position);
        }
    }

    /// The document's life has ended; of two marks the one of the higher life wins.
    record Deleted(long position, DocumentId document, long life) implements SyncMessage {
        public Deleted {
            checkPosition(position);
            atMost("life", life, LIFE_MAX);
            if (life % 2 == 0) {
                throw new IllegalArgumentException("deleted in life=" + life + ", which is even");
            }
        }
    }

    /// The document lives again; the receiver asks for whatever of it is not there.
    record Restored(long position, DocumentId document, long life) implements SyncMessage {
        public Restored {
            checkPosition(position);
            atMost("life", life, LIFE_MAX);
            if (life == 0 || life % 2 == 1) {
                throw new IllegalArgumentException("restored in life=" + life);
            }
        }
    }

    /// Who may have the document; of two the higher ruling counts. Within a family only.
    ///
    /// @param life of the document at that moment: an observer into whose part it comes was not
    ///   told of the marks before
    record Ruled(long position, DocumentId document, Ruling ruling, long life)
            implements SyncMessage {
        public Ruled {
            checkPosition(position);
            if (life < 0) {
                throw new IllegalArgumentException("life=" + life);
            }
            atMost("life", life, LIFE_MAX);
        }

        /// Of a document that was never deleted.
        public Ruled(long position, DocumentId document, Ruling ruling) {
            this(position, document, ruling, 0);
        }
    }

    /// Whoever sends it has now sent all that it had, once per connection. Positions up to this one
    /// belong to that; zero where nothing was ever sent.
    record Level(long position) implements SyncMessage {
        public Level {
            atMost("position", position, POSITION_MAX);
        }
    }

    /// How it stands on the sender's side, within a family only; it takes the place of the one
    /// before.
    ///
    /// @param documents that it holds, deleted ones included
    /// @param toSend entries of its journal that the receiver has not acknowledged
    /// @param waitingMillis how long the oldest of them has waited
    /// @param whole nothing is missing of what the receiver is known to have acknowledged, and all
    ///   can be read
    record Standing(long documents, long toSend, long waitingMillis, boolean whole)
            implements SyncMessage {
        public Standing {
            atMost("documents", documents, POSITION_MAX);
            atMost("to send", toSend, POSITION_MAX);
            atMost("waiting", waitingMillis, POSITION_MAX);
        }
    }

    /// Why positions of the receiver's stream have not reached this tier; without words where
    /// nothing is in the way. It takes the place of the one before.
    record Obstacle(Tier tier, String words) implements SyncMessage {
        public Obstacle {
            atMost("text characters", words.length(), TEXT_CHARS_MAX);
        }
    }

    /// The last message before closing, in words for a person.
    record Failure(String text) implements SyncMessage {
        public Failure {
            atMost("text characters", text.length(), TEXT_CHARS_MAX);
        }
    }

    private static void checkPosition(long position) {
        atMost("position", position, POSITION_MAX);
        if (position == 0) {
            throw new IllegalArgumentException("position=0, they count from 1");
        }
    }

    private static void atMost(String what, long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(what + "=" + Long.toUnsignedString(value));
        }
    }
}
