package org.elohim.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;

import com.typesafe.config.ConfigFactory;

import org.elohim.cluster.journal.JournalSettings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Event-sourced actors on the real journal; each gets its next command when it has answered the
/// one before.
final class ActorJournal implements Load {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(30);

    private record Write(ActorRef<Written> replyTo) {}

    private record Written(ActorRef<Write> by) {}

    private final LongAdder committed = new LongAdder();
    private final ActorSystem<Written> system;

    ActorJournal(Path directory, int actors, byte[] event) {
        Behavior<Written> callers =
                Behaviors.setup(
                        context -> {
                            for (int actor = 0; actor < actors; actor++) {
                                context.spawnAnonymous(
                                                Writer.create(
                                                        JournalBenchmark.persistenceId(actor),
                                                        event))
                                        .tell(new Write(context.getSelf()));
                            }
                            return Behaviors.receiveMessage(
                                    written -> {
                                        committed.increment();
                                        written.by().tell(new Write(context.getSelf()));
                                        return Behaviors.same();
                                    });
                        });
        var settings =
                JournalSettings.of(directory)
                        .withFallback(
                                ConfigFactory.parseString(
                                        "akka { loglevel = WARNING, log-dead-letters = off }"))
                        .withFallback(ConfigFactory.load());
        system = ActorSystem.create(callers, "bench", settings);
    }

    @Override
    public long committed() {
        return committed.sum();
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static final class Writer extends EventSourcedBehavior<Write, byte[], Long> {
        private final ActorRef<Write> self;
        private final byte[] event;

        static Behavior<Write> create(String persistenceId, byte[] event) {
            return Behaviors.setup(context -> new Writer(persistenceId, context.getSelf(), event));
        }

        private Writer(String persistenceId, ActorRef<Write> self, byte[] event) {
            super(PersistenceId.ofUniqueId(persistenceId));
            this.self = self;
            this.event = event;
        }

        @Override
        public Long emptyState() {
            return 0L;
        }

        @Override
        public CommandHandler<Write, byte[], Long> commandHandler() {
            return (_, write) ->
                    Effect().persist(event).thenReply(write.replyTo(), _ -> new Written(self));
        }

        @Override
        public EventHandler<Long, byte[]> eventHandler() {
            return (count, _) -> count + 1;
        }
    }
}
