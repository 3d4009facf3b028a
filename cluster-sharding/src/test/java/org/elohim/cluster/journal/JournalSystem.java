package org.elohim.cluster.journal;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.RecipientRef;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import com.typesafe.config.ConfigFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// An ActorSystem on the real journal of a directory, for tests.
public final class JournalSystem implements AutoCloseable {
    // A fault ends in words and not in a build that hangs; a busy machine is slow, not wrong.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    public final ActorSystem<SpawnProtocol.Command> actors;

    public JournalSystem(Path directory) {
        var outcome = JournalSchema.current().prepare(directory);
        if (!(outcome instanceof JournalSchema.Outcome.Ready)) {
            throw new IllegalStateException("journal not ready: " + outcome);
        }
        actors =
                ActorSystem.create(
                        Behaviors.setup(_ -> SpawnProtocol.create()),
                        "journal",
                        JournalSettings.of(directory)
                                .withFallback(ConfigFactory.parseString("akka.loglevel = WARNING"))
                                .withFallback(ConfigFactory.load()));
    }

    public <T> ActorRef<T> spawn(Behavior<T> behavior) {
        return spawn(behavior, "");
    }

    public <T> ActorRef<T> spawn(Behavior<T> behavior, String name) {
        return this.<SpawnProtocol.Command, ActorRef<T>>ask(
                        actors, to -> new SpawnProtocol.Spawn<>(behavior, name, Props.empty(), to))
                .join();
    }

    public <T, R> CompletableFuture<R> ask(
            RecipientRef<T> actor, Function<ActorRef<R>, T> question) {
        return AskPattern.ask(actor, question, PATIENCE, actors.scheduler()).toCompletableFuture();
    }

    /// As [#ask], where the answer may be an error.
    public <T, R> CompletableFuture<R> askWithStatus(
            RecipientRef<T> actor, Function<ActorRef<StatusReply<R>>, T> question) {
        return AskPattern.askWithStatus(actor, question, PATIENCE, actors.scheduler())
                .toCompletableFuture();
    }

    /// From now on the journal's disk takes nothing, as one that is full.
    public void fill() {
        setReadOnly(true);
    }

    /// There is room again.
    public void free() {
        setReadOnly(false);
    }

    private void setReadOnly(boolean readOnly) {
        LocalJournal.get(actors)
                .writer()
                .submit(
                        connection -> {
                            try (var statement = connection.createStatement()) {
                                statement.execute("PRAGMA query_only = " + readOnly);
                            }
                        })
                .toCompletableFuture()
                .join();
    }

    @Override
    public void close() {
        actors.terminate();
        actors.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
