package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document.Batch;
import org.elohim.cluster.document.Document.Description;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// A document and others over a journal on the disk, and the questions that a session asks.
abstract class DocumentOnDisk {
    static final NodeId PHONE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    static final NodeId LAPTOP = new NodeId(Bytes.parseHex("bb".repeat(32)));
    static final CostLimits LIMITS = new CostLimits(200_000, 2_000);
    static final int AWAKE_MAX = 4;

    @TempDir Path directory;
    final DocumentId id = DocumentId.ofRandom(new byte[16]);
    final SealedHistory phone = new SealedHistory(id, 1);
    final SealedHistory laptop = new SealedHistory(id, 2);
    Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @SuppressWarnings("NullAway.Init") // set before each test
    JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    ActorRef<Documents.Command> documents;

    @BeforeEach
    void start() {
        journal = new JournalSystem(directory);
        documents =
                journal.spawn(
                        Documents.create(
                                LIMITS,
                                () -> now,
                                AWAKE_MAX,
                                LocalJournal.get(journal.actors)::takesWrites,
                                _ -> {}),
                        "documents");
    }

    @AfterEach
    void stop() {
        journal.close();
    }

    void restart() {
        stop();
        start();
    }

    Input.Taken take(List<Change> changes) {
        return take(changes, PHONE);
    }

    Input.Taken take(List<? extends Change> changes, NodeId from) {
        return accept(
                        List.of(
                                new Batch(
                                        1,
                                        changes.stream().map(Change::hash).toList(),
                                        List.copyOf(changes))),
                        Lane.NEW,
                        from)
                .getFirst();
    }

    Input.Taken takeAwaiting(List<ContentHash> awaited, List<Change> changes, Lane lane) {
        return accept(List.of(new Batch(1, awaited, changes)), lane, PHONE).getFirst();
    }

    List<Input.Taken> accept(List<Batch> batches, Lane lane, NodeId from) {
        return this.<List<Input.Taken>>askWithStatus(id, to -> accept(batches, lane, from, to))
                .join();
    }

    static Document.Command accept(
            List<Batch> batches,
            Lane lane,
            NodeId from,
            ActorRef<StatusReply<List<Input.Taken>>> replyTo) {
        return new Document.Command.Accept(
                batches, lane, Entry.DEVICE, from, Ruling.first(Reach.LOCAL, from), replyTo);
    }

    StatusReply<Description> run(
            Function<ActorRef<StatusReply<Description>>, Document.Command> command) {
        StatusReply<Description> reply = this.<StatusReply<Description>>ask(id, command).join();
        if (reply.isError()) {
            throw new CompletionException(reply.getError());
        }
        return reply;
    }

    Description describe() {
        return run(Document.Command.Describe::new).getValue();
    }

    List<Bytes> read(List<ContentHash> heads, List<ContentHash> hashes, long bytesMax) {
        List<Selection.Location> locations =
                this.<List<Selection.Location>>ask(
                                id,
                                to ->
                                        new Document.Command.Locate(
                                                heads, hashes, bytesMax, 4_096, to))
                        .join();
        return new ChangeBytes(LocalJournal.get(journal.actors).reader(), 1_000)
                .read(id, locations)
                .toCompletableFuture()
                .join();
    }

    <T> CompletableFuture<T> ask(
            DocumentId document, Function<ActorRef<T>, Document.Command> command) {
        return journal.ask(
                documents, to -> new Documents.Command.Tell(document, command.apply(to)));
    }

    <T> CompletableFuture<T> askWithStatus(
            DocumentId document, Function<ActorRef<StatusReply<T>>, Document.Command> command) {
        return journal.askWithStatus(
                documents, to -> new Documents.Command.Tell(document, command.apply(to)));
    }

    List<Committed> committed() {
        return LocalJournal.get(journal.actors)
                .reader()
                .after(0, 10_000)
                .toCompletableFuture()
                .join()
                .entries();
    }

    List<Document.Event.ChangesAccepted> accepted() {
        return committed().stream()
                .map(Committed::event)
                .filter(Document.Event.ChangesAccepted.class::isInstance)
                .map(Document.Event.ChangesAccepted.class::cast)
                .toList();
    }

    static DocumentRefusal.Obstacle obstacle(CompletionException refused) {
        return assertInstanceOf(DocumentRefusal.class, refused.getCause()).obstacle();
    }
}
