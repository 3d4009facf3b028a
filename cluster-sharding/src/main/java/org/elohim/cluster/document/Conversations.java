package org.elohim.cluster.document;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.document.Document.Command;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage;
import org.elohim.protocol.automerge.DocumentSync;
import org.elohim.protocol.automerge.Input;
import org.elohim.protocol.automerge.Output;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The clients of automerge-repo that have one document open, and how far it is with each.
///
/// Invariants: belongs to the document's actor and its thread; each Converse has one answer, in
/// order; nothing here outlives that actor, and who has the document open is told of its end before
/// anything else can be heard of it.
public final class Conversations {
    private static final String HELD_TOO_MUCH =
            "the node holds as much as it may of what apps sent and what builds on changes that it"
                    + " does not have; connect again later";

    private final DocumentId document;
    private final Map<ActorRef<Said>, Open> open = new HashMap<>();

    /// What a document answers.
    public sealed interface Said {
        DocumentId document();

        /// What is to be done, in this order.
        ///
        /// @param ready whether the next message may be given to it
        /// @param shared what both are known to have, to begin with another time
        /// @param theirs what the client has said last that it has
        /// @param settled whether the conversation may be begun anew without asking for anything
        ///   that was said already
        record Told(
                DocumentId document,
                List<Output> outputs,
                boolean ready,
                List<ContentHash> shared,
                List<ContentHash> theirs,
                boolean settled)
                implements Said {
            public Told {
                outputs = List.copyOf(outputs);
                shared = List.copyOf(shared);
                theirs = List.copyOf(theirs);
            }
        }

        /// There is nothing of it here, or nothing that anybody may have any more.
        record Absent(DocumentId document) implements Said {}

        /// The conversation is forgotten: the document has gone to sleep.
        record Slept(DocumentId document) implements Said {}
    }

    /// The bytes of changes that need not be read from the disk.
    @FunctionalInterface
    public interface Memory {
        Optional<List<Bytes>> find(DocumentId document, List<Selection.Location> locations);
    }

    /// A conversation, and how much it was last known to hold.
    private static final class Open {
        private final DocumentSync sync;
        private final HeldBytes all;
        private long held;

        private Open(DocumentSync sync, HeldBytes all) {
            this.sync = sync;
            this.all = all;
        }

        private boolean fits() {
            long before = held;
            held = sync.heldBytes();
            return all.change(before, held);
        }

        private void end() {
            var _ = all.change(held, 0);
            held = 0;
        }
    }

    Conversations(DocumentId document) {
        this.document = document;
    }

    Said converse(DocumentState state, Command.Converse said) {
        if (state.isDeleted() || (!state.exists() && !bringsSomething(said.input()))) {
            end(said.client());
            return new Said.Absent(document);
        }
        Open known = said.anew() ? null : open.get(said.client());
        Open conversation = known == null ? begin(state, said) : known;
        DocumentSync sync = conversation.sync;
        sync.goOnWith(state.graph());
        Input input = known == null ? first(said.input()) : said.input();
        List<Output> outputs = withMemory(sync, sync.handle(input), said.memory());
        if (!conversation.fits()) {
            end(said.client());
            outputs = List.of(new Output.Failed(HELD_TOO_MUCH));
        }
        return new Said.Told(
                document,
                outputs,
                sync.isReady(),
                sync.sharedHeads(),
                sync.theirHeads(),
                sync.isSettled());
    }

    // Who asks for what was just written is not sent to fetch it and come back with it: that is
    // most of what is said in a document which many have open.
    private List<Output> withMemory(DocumentSync sync, List<Output> outputs, Memory memory) {
        if (outputs.isEmpty()
                || !(outputs.getLast() instanceof Output.ReadChanges(long ticket, var locations))) {
            return outputs;
        }
        Optional<List<Bytes>> changes =
                memory.find(document, locations)
                        .filter(found -> found.stream().noneMatch(SealedChange::isSealed));
        if (changes.isEmpty()) {
            return outputs;
        }
        var all = new ArrayList<>(outputs.subList(0, outputs.size() - 1));
        all.addAll(sync.handle(new Input.ChangesRead(ticket, changes.get())));
        return all;
    }

    private Open begin(DocumentState state, Command.Converse said) {
        end(said.client());
        var begun = new Open(new DocumentSync(state.graph(), said.shared()), said.held());
        open.put(said.client(), begun);
        return begun;
    }

    /// A new conversation has no use for the answers to questions of the last one.
    private static Input first(Input input) {
        return switch (input) {
            case Input.Received received -> received;
            case Input.Begun _,
                    Input.Grown _,
                    Input.Taken _,
                    Input.Poisoned _,
                    Input.ChangesRead _ ->
                    new Input.Begun();
        };
    }

    private static boolean bringsSomething(Input input) {
        return input instanceof Input.Received(AutomergeMessage message)
                && (!message.heads().isEmpty() || !message.changes().isEmpty());
    }

    void end(ActorRef<Said> client) {
        Open ended = open.remove(client);
        if (ended != null) {
            ended.end();
        }
    }

    void endAll() {
        open.keySet().forEach(client -> client.tell(new Said.Slept(document)));
        open.values().forEach(Open::end);
        open.clear();
    }
}
