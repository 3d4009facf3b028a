package org.elohim.node.materialiser;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.DocumentRefusal;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The changes of documents as they are journaled here, for whoever may wait for them.
public final class StoredChanges {
    /// A slow disk, and others that want something of it.
    static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    /// As a page of the journal.
    private static final long PAGE_BYTES = 4 << 20;

    private static final int PAGE_CHANGES = 4_096;

    private final ActorRef<Documents.Command> documents;
    private final ChangeBytes bytes;
    private final DocumentIndex index;
    private final Scheduler scheduler;

    public StoredChanges(
            ActorRef<Documents.Command> documents,
            ChangeBytes bytes,
            DocumentIndex index,
            Scheduler scheduler) {
        this.documents = documents;
        this.bytes = bytes;
        this.index = index;
        this.scheduler = scheduler;
    }

    /// How it stands; nothing where it is not here.
    Optional<Document.Description> describe(DocumentId document) {
        StatusReply<Document.Description> reply =
                waited(
                        this.<StatusReply<Document.Description>>ask(
                                document, Document.Command.Describe::new));
        if (reply.isSuccess()) {
            return Optional.of(reply.getValue());
        }
        if (reply.getError() instanceof DocumentRefusal refusal
                && refusal.obstacle() == DocumentRefusal.Obstacle.ABSENT) {
            return Optional.empty();
        }
        throw Refusal.thrown(
                Refusal.Kind.UNREADABLE, String.valueOf(reply.getError().getMessage()));
    }

    /// The beginning of what comes after these heads, each change after what it builds on; nothing
    /// where that is all.
    List<Change> after(DocumentId document, List<ContentHash> heads) {
        List<Selection.Location> places =
                waited(
                        this.<List<Selection.Location>>ask(
                                document,
                                to ->
                                        new Document.Command.Locate(
                                                heads, List.of(), PAGE_BYTES, PAGE_CHANGES, to)));
        List<Bytes> read;
        try {
            read = waited(bytes.read(document, places));
        } catch (Damaged damaged) {
            throw unreadable(document, damaged);
        }
        try {
            return read.stream().map(Change::stored).toList();
        } catch (IllegalStateException damaged) {
            throw unreadable(document, damaged);
        }
    }

    private Refusal.Thrown unreadable(DocumentId document, RuntimeException damaged) {
        index.unreadable(document);
        return Refusal.thrown(
                Refusal.Kind.UNREADABLE,
                "document %s cannot be read here: %s. Restore the node's data directory from a backup, and start it again."
                        .formatted(document, damaged.getMessage()));
    }

    /// Takes in changes that were made here.
    ///
    /// @param newcomer who may have the document where it is not there yet
    /// @return what became of them, once it is fsynced
    Input.Taken accept(DocumentId document, List<? extends Change> changes, Ruling newcomer) {
        var batch = new Document.Batch(0, List.of(), List.copyOf(changes));
        StatusReply<List<Input.Taken>> reply =
                waited(
                        this.<StatusReply<List<Input.Taken>>>ask(
                                document,
                                to ->
                                        new Document.Command.Accept(
                                                List.of(batch),
                                                Lane.LOCAL,
                                                Entry.DEVICE,
                                                null,
                                                newcomer,
                                                to)));
        if (reply.isSuccess()) {
            return reply.getValue().getFirst();
        }
        throw NotWritten.in(reply.getError())
                .map(
                        full ->
                                Refusal.thrown(
                                        Refusal.Kind.NOT_WRITTEN,
                                        String.valueOf(full.getMessage())))
                .orElseThrow(() -> new IllegalStateException(reply.getError()));
    }

    private <T> CompletionStage<T> ask(
            DocumentId document, Function<ActorRef<T>, Document.Command> question) {
        return AskPattern.ask(
                documents,
                (ActorRef<T> to) -> new Documents.Command.Tell(document, question.apply(to)),
                ANSWER_WITHIN,
                scheduler);
    }

    private static <T> T waited(CompletionStage<T> answer) {
        try {
            return answer.toCompletableFuture()
                    .get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            throw late();
        } catch (TimeoutException late) {
            throw late();
        } catch (ExecutionException failed) {
            throw switch (failed.getCause()) {
                case TimeoutException _ -> late();
                case RuntimeException thrown ->
                        Damaged.in(thrown).<RuntimeException>map(damaged -> damaged).orElse(thrown);
                case null, default -> new IllegalStateException(failed);
            };
        }
    }

    private static Refusal.Thrown late() {
        return Refusal.thrown(
                Refusal.Kind.BUSY,
                "the node could not read or write its journal in time; ask again");
    }
}
