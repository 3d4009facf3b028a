package org.elohim.protocol.automerge;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.elohim.protocol.access.Access;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/// One connection of an automerge-repo client: who is there, which documents it has open, and what
/// goes between them.
///
/// Invariants: nothing is taken before the client has joined, and nothing after it has broken the
/// rules; of a document that it may not read it hears what it would hear if there were none; no
/// change of one that it may not write goes on; a request is answered once, by Sync or Unavailable;
/// what it may have open is bounded.
///
/// The client chooses its peer id, and nobody proves one: it names this end of the connection in
/// what is sent there, and decides nothing. So who takes another's id takes nothing with it.
public final class RepoConnection {
    static final String VERSION = "1";

    /// Each costs a place in a map, also where the document sleeps.
    static final int DOCUMENTS_MAX = 1 << 17;

    private final String self;
    private final PeerMetadata metadata;
    private final BiPredicate<Access, DocumentId> rights;
    // With each, whether a request still waits for its answer.
    private final Map<DocumentId, Boolean> open = new HashMap<>();
    private @Nullable String peer;
    private @Nullable String storage;
    private boolean over;

    /// What is to be done, in this order.
    public sealed interface Step {
        record Send(Frame frame) implements Step {}

        /// The client has joined.
        record Joined(String peer) implements Step {}

        /// The document is to hear this, and to answer with what is given to `said` or `absent`.
        ///
        /// @param anew the client has nothing of it, and remembers nothing of what was said before
        record Talk(DocumentId document, AutomergeMessage message, boolean anew) implements Step {}

        /// So many changes go no further, since the client may only read.
        record Refused(DocumentId document, int changes) implements Step {}

        /// For all others that have the document open.
        record PassOn(Frame.Ephemeral word) implements Step {}

        /// Of which storages the client wants to hear what they have.
        record Follow(Set<String> more, Set<String> less) implements Step {
            public Follow {
                more = Set.copyOf(more);
                less = Set.copyOf(less);
            }
        }

        /// What a storage has of a document, as the client says.
        record Heard(DocumentId document, String storage, StorageHeads heads) implements Step {}

        /// The last step there is.
        ///
        /// @param broken whether the client has broken the rules
        record Close(String reason, boolean broken) implements Step {}
    }

    /// @param self this node's peer id
    /// @param storage names what this node keeps, whichever process runs on it: clients follow by
    ///   it what is safely stored
    /// @param rights what the client's token allows, as of now
    public RepoConnection(String self, String storage, BiPredicate<Access, DocumentId> rights) {
        this.self = self;
        this.metadata = new PeerMetadata(storage, false);
        this.rights = rights;
    }

    public List<Step> received(Frame frame) {
        if (over) {
            return List.of();
        }
        if (peer == null) {
            return frame instanceof Frame.Join join
                    ? join(join)
                    : broken("the first frame must be join");
        }
        return switch (frame) {
            case Frame.Join _ -> broken("it has joined already");
            case Frame.Peer _ -> broken("peer is what the server says");
            case Frame.Failure(var _, var _, var message) ->
                    close("the client says: " + message, false);
            case Frame.Leave _ -> close("the client leaves", false);
            case Frame.Request(var _, var _, var document, var data) ->
                    message(document, AutomergeCodec.decode(data), true);
            case Frame.Sync(var _, var _, var document, var data) ->
                    message(document, AutomergeCodec.decode(data), false);
            // It was not asked for anything that it could lack.
            case Frame.Unavailable _ -> List.of();
            case Frame.Ephemeral word ->
                    rights.test(Access.READ, word.document())
                            ? List.of(new Step.PassOn(word))
                            : List.of();
            case Frame.SubscriptionChange(var _, var _, var add, var remove) ->
                    List.of(new Step.Follow(Set.copyOf(add), Set.copyOf(remove)));
            case Frame.HeadsChanged changed -> heads(changed);
        };
    }

    private List<Step> join(Frame.Join join) {
        if (!join.versions().contains(VERSION)) {
            over = true;
            String words =
                    "this server speaks version 1 of automerge-repo's protocol, not "
                            + join.versions();
            return List.of(
                    new Step.Send(new Frame.Failure(self, join.senderId(), cut(words))),
                    new Step.Close("no version in common", false));
        }
        peer = join.senderId();
        // Of who keeps nothing, what it has is nothing that others could count on.
        storage = join.peerMetadata().isEphemeral() ? null : join.peerMetadata().storageId();
        return List.of(
                new Step.Joined(join.senderId()),
                new Step.Send(new Frame.Peer(self, join.senderId(), metadata, VERSION)));
    }

    private List<Step> message(
            DocumentId document, Decoded<AutomergeMessage> decoded, boolean isRequest) {
        return switch (decoded) {
            case Decoded.Malformed<AutomergeMessage>(var reason) -> broken(reason);
            case Decoded.Parsed<AutomergeMessage>(var message) ->
                    message(document, message, isRequest);
        };
    }

    private List<Step> message(DocumentId document, AutomergeMessage message, boolean isRequest) {
        if (!rights.test(Access.READ, document)) {
            return List.of(new Step.Send(unavailable(document)));
        }
        if (!open.containsKey(document) && open.size() >= DOCUMENTS_MAX) {
            return broken("more than " + DOCUMENTS_MAX + " documents over one connection");
        }
        open.merge(document, isRequest, Boolean::logicalOr);
        var steps = new ArrayList<Step>();
        AutomergeMessage taken = message;
        if (!message.changes().isEmpty() && !rights.test(Access.WRITE, document)) {
            steps.add(new Step.Refused(document, message.changes().size()));
            taken =
                    new AutomergeMessage(
                            message.heads(), message.need(), message.have(), List.of());
        }
        steps.add(new Step.Talk(document, taken, isRequest));
        return steps;
    }

    private List<Step> heads(Frame.HeadsChanged changed) {
        if (!rights.test(Access.READ, changed.document())) {
            return List.of();
        }
        List<Step> heard = new ArrayList<>();
        changed.sorted()
                .forEach(
                        (name, heads) ->
                                heard.add(new Step.Heard(changed.document(), name, heads)));
        return heard;
    }

    /// The document answers, or has grown.
    public Optional<Frame> said(DocumentId document, AutomergeMessage message) {
        if (!isOpen(document)) {
            return Optional.empty();
        }
        open.put(document, false);
        return Optional.of(new Frame.Sync(self, name(), document, AutomergeCodec.encode(message)));
    }

    /// There is nothing of the document, here or anywhere else that was asked. It stays open: where
    /// it comes, the client hears of it.
    public Optional<Frame> absent(DocumentId document) {
        boolean waits = isOpen(document) && Boolean.TRUE.equals(open.put(document, false));
        return waits ? Optional.of(unavailable(document)) : Optional.empty();
    }

    /// What another client says to all that have the document open.
    public Optional<Frame> passedOn(Frame.Ephemeral word) {
        return isOpen(word.document())
                ? Optional.of(
                        new Frame.Ephemeral(
                                word.senderId(),
                                name(),
                                word.document(),
                                word.count(),
                                word.sessionId(),
                                word.data()))
                : Optional.empty();
    }

    /// What a storage has that the client follows.
    public Optional<Frame> news(DocumentId document, String of, StorageHeads heads) {
        return isOpen(document)
                ? Optional.of(new Frame.HeadsChanged(self, name(), document, Map.of(of, heads)))
                : Optional.empty();
    }

    /// Why the connection ends, where the node ends it.
    public Optional<Frame> failure(String reason) {
        return peer == null || over
                ? Optional.empty()
                : Optional.of(new Frame.Failure(self, peer, cut(reason)));
    }

    /// The client has it open, and may still read it.
    public boolean isOpen(DocumentId document) {
        return !over && open.containsKey(document) && rights.test(Access.READ, document);
    }

    /// Names what the client keeps, if it keeps anything.
    public Optional<String> storage() {
        return Optional.ofNullable(storage);
    }

    private Frame unavailable(DocumentId document) {
        return new Frame.Unavailable(self, name(), document);
    }

    private String name() {
        return peer == null ? "" : peer;
    }

    private List<Step> broken(String reason) {
        List<Step> steps = new ArrayList<>();
        if (peer != null) {
            steps.add(new Step.Send(new Frame.Failure(self, peer, cut(reason))));
        }
        steps.addAll(close(reason, true));
        return steps;
    }

    private List<Step> close(String reason, boolean broken) {
        over = true;
        return List.of(new Step.Close(cut(reason), broken));
    }

    /// Words may quote what the client sent, and half a character, theirs or from the cut, cannot
    /// be sent: it becomes a question mark.
    private static String cut(String words) {
        String start = words.substring(0, Math.min(words.length(), Frame.MESSAGE_CHARS_MAX));
        return new String(start.getBytes(UTF_8), UTF_8);
    }
}
