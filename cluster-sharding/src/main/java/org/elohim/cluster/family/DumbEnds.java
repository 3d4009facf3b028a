package org.elohim.cluster.family;

import akka.Done;
import akka.actor.ActorRef;
import akka.actor.ActorSelection;
import akka.actor.CoordinatedShutdown;
import akka.actor.PoisonPill;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Lets an actor system end though the other end of a line says nothing.
///
/// Artery has ended once each of its lines has, and TLS ends none whose first words were never
/// answered. Whoever is held or cut off just then would hold up this node's end as long: its
/// restart at a merge, or its going down.
///
/// Invariants: nothing is cut before Artery has had time for its last words.
final class DumbEnds {
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);
    // What has not ended by then is held by something else.
    private static final int TIMES_MAX = 60;
    private static final String CONNECTIONS = "/system/IO-TCP/selectors/*/*";

    private DumbEnds() {}

    /// From the moment on in which the system's actors are to end.
    static void cutAtTheEndOf(ActorSystem<?> system) {
        ActorSelection connections = Adapter.toClassic(system).actorSelection(CONNECTIONS);
        CompletableFuture<Done> ended = system.getWhenTerminated().toCompletableFuture();
        CoordinatedShutdown.get(system)
                .addTask(
                        CoordinatedShutdown.PhaseActorSystemTerminate(),
                        "cut-dumb-lines",
                        () -> {
                            Thread.ofVirtual().start(() -> cut(connections, ended));
                            return CompletableFuture.completedFuture(Done.getInstance());
                        });
    }

    private static void cut(ActorSelection connections, CompletableFuture<Done> ended) {
        Duration patience = LAST_WORDS;
        for (int i = 0; i < TIMES_MAX; i++) {
            try {
                ended.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException stillThere) {
                connections.tell(PoisonPill.getInstance(), ActorRef.noSender());
                patience = AGAIN_AFTER;
            } catch (ExecutionException endedAllTheSame) {
                return;
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
