package org.elohim.cluster.journal;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.Behaviors;

import com.typesafe.config.ConfigFactory;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// An ActorSystem on the real journal of a directory, for tests.
public final class JournalSystem implements AutoCloseable {
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

    @Override
    public void close() {
        actors.terminate();
        actors.getWhenTerminated().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
