package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// The address of a node's replica of one document. What it is asked it asks the document's own
/// actor, to which local sessions speak without any of this.
///
/// Invariants: every question is answered, by words where not by what was asked for; a page fits
/// into what the lines between nodes take in one piece.
public final class DocumentReplica {
    // What the lines between nodes take is twice that.
    static final int PAGE_BYTES_MAX = 128 << 10;
    private static final int PAGE_CHANGES_MAX = 1_000;
    // A document has one head, or as many as devices edited it at once.
    private static final int HEADS_MAX = 1_000;
    // Beyond it the one who asks has given up.
    private static final Duration DOCUMENT_ANSWERS_WITHIN = Duration.ofSeconds(2);

    private DocumentReplica() {}

    /// What can be asked.
    public sealed interface Question extends Asked {
        record Describe(ActorRef<Answer> replyTo) implements Question {}

        /// The next of the changes that whoever has these heads lacks.
        record Read(List<String> heads, ActorRef<Answer> replyTo) implements Question {
            public Read {
                heads = List.copyOf(heads);
            }
        }
    }

    /// What is answered, and by whom.
    public sealed interface Answer extends Asked {
        String node();

        /// A copy is there.
        ///
        /// @param turn counts the rulings on who may have it
        record Held(
                String node,
                long turn,
                String reach,
                String owner,
                boolean deleted,
                List<String> heads,
                int changes,
                long sizeBytes,
                int usagePercent,
                boolean nearsLimit,
                int forks,
                long createdMillis,
                long updatedMillis)
                implements Answer {
            public Held {
                heads = List.copyOf(heads);
            }
        }

        record NotHeld(String node, String reason) implements Answer {}

        /// In an order in which each comes behind those that it builds on; empty at the end.
        record Page(
                String node,
                @JsonSerialize(contentUsing = BytesJson.Writer.class)
                        @JsonDeserialize(contentUsing = BytesJson.Reader.class)
                        List<Bytes> changes)
                implements Answer {
            public Page {
                changes = List.copyOf(changes);
            }
        }
    }

    /// What the replicas of a node share.
    ///
    /// @param index of the documents that are here
    public record Source(
            NodeId self,
            ActorRef<Documents.Command> documents,
            DocumentIndex index,
            ChangeBytes bytes) {}

    static EntityTypeKey<Question> typeKey(NodeId node) {
        return EntityTypeKey.create(Question.class, "Document-" + node);
    }

    static Behavior<Question> create(Source source, String entity) {
        return Behaviors.receive(
                (context, question) -> {
                    answer(source, entity, context.getSystem(), question);
                    return Behaviors.same();
                });
    }

    private static void answer(
            Source source, String entity, ActorSystem<?> system, Question question) {
        ActorRef<Answer> replyTo =
                switch (question) {
                    case Question.Describe(var to) -> to;
                    case Question.Read(_, var to) -> to;
                };
        CompletionStage<? extends Answer> answer;
        try {
            var asked = new Asking(source, DocumentId.parse(entity), system);
            answer =
                    switch (question) {
                        case Question.Describe(_) -> asked.describe();
                        case Question.Read(var heads, _) ->
                                asked.read(heads.stream().map(ContentHash::parse).toList());
                    };
        } catch (IllegalArgumentException malformed) {
            answer = CompletableFuture.failedFuture(malformed);
        }
        var _ =
                answer.whenComplete(
                        (found, failed) ->
                                replyTo.tell(
                                        failed == null
                                                ? found
                                                : new Answer.NotHeld(
                                                        source.self().toString(),
                                                        String.valueOf(failed.getMessage()))));
    }

    private record Asking(Source source, DocumentId id, ActorSystem<?> system) {
        CompletionStage<Answer> describe() {
            // Else the question alone would wake an actor for each id that somebody makes up.
            Optional<DocumentIndex.Entry> entry = source.index().find(id);
            if (entry.isEmpty()) {
                return CompletableFuture.completedFuture(notHeld("it is not here"));
            }
            long turn = entry.get().ruling().turn();
            return ask(Document.Command.Describe::new)
                    .thenApply(
                            reply ->
                                    reply.isSuccess()
                                            ? held(turn, reply.getValue())
                                            : notHeld(
                                                    String.valueOf(reply.getError().getMessage())));
        }

        private Answer held(long turn, Document.Description found) {
            return new Answer.Held(
                    source.self().toString(),
                    turn,
                    found.reach().toString(),
                    found.owner().toString(),
                    found.deleted(),
                    found.heads().stream().limit(HEADS_MAX).map(ContentHash::toString).toList(),
                    found.changes(),
                    found.sizeBytes(),
                    found.usagePercent(),
                    found.nearsLimit(),
                    found.forks(),
                    found.createdMillis(),
                    found.updatedMillis());
        }

        private Answer notHeld(String reason) {
            return new Answer.NotHeld(source.self().toString(), reason);
        }

        CompletionStage<Answer> read(List<ContentHash> heads) {
            if (source.index().find(id).isEmpty()) {
                return CompletableFuture.completedFuture(notHeld("it is not here"));
            }
            CompletionStage<List<Selection.Location>> located =
                    ask(
                            to ->
                                    new Document.Command.Locate(
                                            heads,
                                            List.of(),
                                            PAGE_BYTES_MAX,
                                            PAGE_CHANGES_MAX,
                                            to));
            return located.thenCompose(found -> source.bytes().read(id, found))
                    .thenApply(this::page);
        }

        // At least one is located, however large it is; such a one has to come over the sync
        // session.
        private Answer page(List<Bytes> changes) {
            var fitting = new ArrayList<Bytes>();
            long size = 0;
            for (Bytes change : changes) {
                size += change.size();
                if (size > PAGE_BYTES_MAX) {
                    break;
                }
                fitting.add(change);
            }
            return new Answer.Page(source.self().toString(), fitting);
        }

        private <T> CompletionStage<T> ask(Function<ActorRef<T>, Document.Command> question) {
            return AskPattern.ask(
                    source.documents(),
                    to -> new Documents.Command.Tell(id, question.apply(to)),
                    DOCUMENT_ANSWERS_WITHIN,
                    system.scheduler());
        }
    }
}
