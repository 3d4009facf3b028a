package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import akka.pattern.Patterns;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/// What a connection asks of documents.
///
/// Invariants: what could not be written is no answer, for the session would go on over it. It is
/// asked again until there is room, so that the session goes on by itself, or a while has passed.
public final class Questions {
    // A document answers within one fsync. Where it does not, the connection ends, and everything
    // is asked anew on the next.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    // Shorter than the peer's own patience, so that it hears why. Ended at once, it would come
    // again
    // at once, and send as much as a window holds each time.
    private static final long ROOM_WITHIN_MILLIS = 20_000;
    private static final Duration ROOM_ASKED_EVERY = Duration.ofMillis(500);

    private final ActorSystem<?> system;
    private final ActorRef<Documents.Command> documents;
    private final LongSupplier monotonicMillis;

    public Questions(
            ActorSystem<?> system,
            ActorRef<Documents.Command> documents,
            LongSupplier monotonicMillis) {
        this.system = system;
        this.documents = documents;
        this.monotonicMillis = monotonicMillis;
    }

    <T> CompletionStage<T> ask(
            DocumentId document, Function<ActorRef<T>, Document.Command> question) {
        return AskPattern.ask(
                documents,
                to -> new Documents.Command.Tell(document, question.apply(to)),
                ANSWER_WITHIN,
                system.scheduler());
    }

    /// As [#ask], of what is written there.
    public <T> CompletionStage<StatusReply<T>> write(
            DocumentId document, Function<ActorRef<StatusReply<T>>, Document.Command> question) {
        return write(document, question, monotonicMillis.getAsLong() + ROOM_WITHIN_MILLIS);
    }

    private <T> CompletionStage<StatusReply<T>> write(
            DocumentId document,
            Function<ActorRef<StatusReply<T>>, Document.Command> question,
            long untilMillis) {
        return this.<StatusReply<T>>ask(document, question)
                .thenCompose(
                        reply -> {
                            if (reply.isSuccess() || !(reply.getError() instanceof NotWritten)) {
                                return CompletableFuture.completedFuture(reply);
                            }
                            if (monotonicMillis.getAsLong() >= untilMillis) {
                                return CompletableFuture.failedFuture(reply.getError());
                            }
                            return Patterns.after(
                                    ROOM_ASKED_EVERY,
                                    system.classicSystem().scheduler(),
                                    system.executionContext(),
                                    () -> write(document, question, untilMillis));
                        });
    }
}
