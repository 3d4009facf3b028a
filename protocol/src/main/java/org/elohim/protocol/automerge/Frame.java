package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Everything that automerge-repo's network protocol, version 1, says over a WebSocket.
///
/// Invariants: texts, lists and bytes are bounded. Who sent a frame is what the sender claims: peer
/// ids are chosen freely and nobody proves them.
public sealed interface Frame {
    /// Peer and storage ids are UUIDs or short names; whatever is longer is none.
    int ID_CHARS_MAX = 256;

    int MESSAGE_CHARS_MAX = 1 << 12;
    int VERSIONS_MAX = 16;

    /// A cursor, a name: what is shown while others are there.
    int EPHEMERAL_BYTES_MAX = 1 << 20;

    /// Storages that one frame speaks of, and heads of a document in one of them.
    int STORAGES_MAX = 1 << 10;

    int HEADS_MAX = 1 << 10;

    /// The largest number that JavaScript counts to without gaps.
    long NUMBER_MAX = (1L << 53) - 1;

    String senderId();

    /// The first frame, from the client.
    record Join(String senderId, PeerMetadata peerMetadata, List<String> versions)
            implements Frame {
        public Join {
            checkId(senderId);
            versions = List.copyOf(versions);
            checkCount(versions.size(), VERSIONS_MAX);
            versions.forEach(Frame::checkId);
        }
    }

    /// The server's answer to Join.
    record Peer(String senderId, String targetId, PeerMetadata peerMetadata, String version)
            implements Frame {
        public Peer {
            checkId(senderId);
            checkId(targetId);
            checkId(version);
        }
    }

    /// Why the server closes the connection.
    record Failure(String senderId, String targetId, String message) implements Frame {
        public Failure {
            checkId(senderId);
            checkId(targetId);
            checkText(message, MESSAGE_CHARS_MAX);
        }
    }

    /// The peer goes on purpose.
    record Leave(String senderId) implements Frame {
        public Leave {
            checkId(senderId);
        }
    }

    /// A sync message from somebody who has nothing of the document; it wants an answer, a Sync or
    /// Unavailable.
    record Request(String senderId, String targetId, DocumentId document, Bytes data)
            implements Frame {
        public Request {
            checkId(senderId);
            checkId(targetId);
            checkData(data, AutomergeCodec.MESSAGE_BYTES_MAX);
        }
    }

    record Sync(String senderId, String targetId, DocumentId document, Bytes data)
            implements Frame {
        public Sync {
            checkId(senderId);
            checkId(targetId);
            checkData(data, AutomergeCodec.MESSAGE_BYTES_MAX);
        }
    }

    record Unavailable(String senderId, String targetId, DocumentId document) implements Frame {
        public Unavailable {
            checkId(senderId);
            checkId(targetId);
        }
    }

    /// Passed on to whoever has the document open, and kept nowhere.
    ///
    /// @param senderId who said it first, also where it is passed on
    /// @param count of the session, so that who gets it twice can tell
    record Ephemeral(
            String senderId,
            String targetId,
            DocumentId document,
            long count,
            String sessionId,
            Bytes data)
            implements Frame {
        public Ephemeral {
            checkId(senderId);
            checkId(targetId);
            checkNumber(count);
            checkId(sessionId);
            checkData(data, EPHEMERAL_BYTES_MAX);
        }
    }

    /// Of which storages the peer wants to hear what they have.
    record SubscriptionChange(
            String senderId, String targetId, List<String> add, List<String> remove)
            implements Frame {
        public SubscriptionChange {
            checkId(senderId);
            checkId(targetId);
            add = List.copyOf(add);
            remove = List.copyOf(remove);
            checkCount(add.size() + remove.size(), STORAGES_MAX);
            add.forEach(Frame::checkId);
            remove.forEach(Frame::checkId);
        }
    }

    /// What storages have of a document.
    record HeadsChanged(
            String senderId,
            String targetId,
            DocumentId document,
            Map<String, StorageHeads> newHeads)
            implements Frame {
        public HeadsChanged {
            checkId(senderId);
            checkId(targetId);
            checkCount(newHeads.size(), STORAGES_MAX);
            newHeads = Map.copyOf(newHeads);
            newHeads.keySet().forEach(Frame::checkId);
        }

        /// In one order, so that a frame has one form.
        Map<String, StorageHeads> sorted() {
            return new TreeMap<>(newHeads);
        }
    }

    /// What one storage has of a document.
    ///
    /// @param timestampMillis by the clock of who told it; the later one counts
    record StorageHeads(List<ContentHash> heads, long timestampMillis) {
        public StorageHeads {
            heads = List.copyOf(heads);
            checkCount(heads.size(), HEADS_MAX);
            checkNumber(timestampMillis);
        }
    }

    /// What a peer says of itself.
    ///
    /// @param storageId names the storage, whoever runs on it; absent where nothing is stored
    /// @param isEphemeral the peer keeps nothing, so nothing need be remembered of it
    record PeerMetadata(@Nullable String storageId, boolean isEphemeral) {
        public PeerMetadata {
            if (storageId != null) {
                checkId(storageId);
            }
        }
    }

    private static void checkId(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("an empty id");
        }
        checkText(id, ID_CHARS_MAX);
    }

    private static void checkText(String text, int charsMax) {
        if (text.length() > charsMax) {
            throw new IllegalArgumentException("text chars=" + text.length());
        }
        // Half a character cannot be written again.
        if (text.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
            throw new IllegalArgumentException("text with half a character");
        }
    }

    private static void checkCount(int count, int max) {
        if (count > max) {
            throw new IllegalArgumentException("count=" + count + ", at most " + max);
        }
    }

    private static void checkNumber(long number) {
        if (number < 0 || number > NUMBER_MAX) {
            throw new IllegalArgumentException("number=" + number);
        }
    }

    // automerge-repo throws where it would have to send no bytes.
    private static void checkData(Bytes data, int bytesMax) {
        if (data.size() == 0 || data.size() > bytesMax) {
            throw new IllegalArgumentException("data bytes=" + data.size());
        }
    }
}
