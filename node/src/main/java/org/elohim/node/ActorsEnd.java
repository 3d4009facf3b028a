package org.elohim.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.log.StackDump;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// The end of an actor system, waited for until its last act is done, which closes the journal.
///
/// Invariant: whoever comes back from here without a failure may open the journal again.
final class ActorsEnd {
    // The sum of what the shutdown's phases may take; beyond it something hangs, or the disk is
    // slow.
    private static final Duration PHASES_TIMEOUT = Duration.ofSeconds(20);
    // The phases and the system tell of the same end by two futures: whoever waited for the first
    // may look before the second is completed.
    private static final Duration TOLD_WITHIN = Duration.ofSeconds(1);
    // What is only late has ended by then. With all that is waited for before, it is less than our
    // service file gives a node to stop.
    private static final Duration LATE_TIMEOUT = Duration.ofSeconds(14);
    private static final int ACTORS_SHOWN_MAX = 200;
    private static final Logger LOG = LoggerFactory.getLogger(ActorsEnd.class);

    private ActorsEnd() {}

    static void of(ActorSystem<?> system) throws StartFailure {
        try {
            CoordinatedShutdown.get(system)
                    .runAll(CoordinatedShutdown.jvmExitReason())
                    .toCompletableFuture()
                    .get(PHASES_TIMEOUT.toMillis(), MILLISECONDS);
        } catch (InterruptedException impatient) {
            throw interrupted();
        } catch (ExecutionException failed) {
            throw notReached(failed.toString());
        } catch (TimeoutException late) {
            LOG.warn("the phases of the shutdown take too long");
        }
        await(system.getWhenTerminated().toCompletableFuture(), system::printTree);
    }

    static void await(CompletableFuture<?> terminated, Supplier<String> actors)
            throws StartFailure {
        try {
            terminated.get(TOLD_WITHIN.toMillis(), MILLISECONDS);
        } catch (InterruptedException impatient) {
            throw interrupted();
        } catch (ExecutionException failed) {
            throw notReached(failed.toString());
        } catch (TimeoutException late) {
            LOG.warn(
                    "the actors take long to end; those that are left:\n{}",
                    StackDump.first(actors.get().lines().toList(), ACTORS_SHOWN_MAX));
            LOG.warn("what the threads do meanwhile:\n{}", StackDump.now());
            awaitLate(terminated);
        }
    }

    private static void awaitLate(CompletableFuture<?> terminated) throws StartFailure {
        try {
            terminated.get(LATE_TIMEOUT.toMillis(), MILLISECONDS);
        } catch (InterruptedException impatient) {
            throw interrupted();
        } catch (ExecutionException failed) {
            throw notReached(failed.toString());
        } catch (TimeoutException hanging) {
            throw notReached("an actor does not stop");
        }
    }

    static StartFailure interrupted() {
        Thread.currentThread().interrupt();
        return new StartFailure(ExitCode.STOPPED, "It was told to stop.");
    }

    static StartFailure notReached(String why) {
        return new StartFailure(
                ExitCode.BUG,
                "Its actors do not end (%s), and no new ones may begin beside them: both would write the journal. Its log tells more; start it again."
                        .formatted(why));
    }
}
