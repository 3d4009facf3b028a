package org.elohim.node.restart;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.Address;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// A node's actors, one generation after the other, on the same ports.
///
/// Invariants: a generation begins only after the one before has ended and closed its journal, so
/// no two of them ever write it; an end that was ordered is never taken for a loss; where the next
/// one cannot begin, whoever waits in [#awaitLoss()] hears why.
public final class Generations implements Restart, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Generations.class);
    // Who orders it over HTTP is answered on a connection that ends with the actors, and nobody can
    // tell when the answer has left.
    private static final long ANSWER_MILLIS = 200;
    private static final String STOPS = "the node stops";
    // As long as the actors may take to end; beyond it something hangs.
    private static final Duration RESTART_ENDS_WITHIN = Duration.ofSeconds(35);

    /// Makes the next generation.
    @FunctionalInterface
    public interface Beginning {
        /// Begins it; it serves nothing yet.
        ///
        /// @param before where the one before has served, which the next one keeps
        /// @param joinFirst the door of the node whose cluster is to be joined
        Generation begin(Restart restart, Optional<Places> before, Optional<Address> joinFirst)
                throws StartFailure;
    }

    private enum Phase {
        STARTING,
        SERVING,
        /// On the order of a restart.
        ENDING,
        CLOSED
    }

    private record Order(String why, Optional<Address> joinFirst) {
        Order and(Order later) {
            return new Order(
                    why.equals(later.why) ? why : why + "; " + later.why,
                    later.joinFirst.or(() -> joinFirst));
        }
    }

    private final Beginning beginning;
    // Ends normally with the loss of a generation, else with why the next one could not begin.
    private final CompletableFuture<Void> lost = new CompletableFuture<>();

    // All that follows is guarded by `this`.
    private Phase phase = Phase.STARTING;
    private Optional<Generation> current = Optional.empty();
    private Optional<Places> places = Optional.empty();
    private Optional<Order> ordered = Optional.empty();
    private Optional<Thread> restarting = Optional.empty();

    public Generations(Beginning beginning) {
        this.beginning = beginning;
    }

    /// Starts the first one, and returns once it serves.
    public Places start() throws StartFailure {
        return serve(begin(Optional.empty(), Optional.empty()));
    }

    /// Returns once the actors have ended without an order to do so; fails where they were to begin
    /// again and could not.
    public void awaitLoss() throws StartFailure {
        try {
            lost.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StartFailure cannotStart) {
                throw cannotStart;
            }
            throw failed;
        }
    }

    @Override
    public synchronized void restart(String why, Optional<Address> joinFirst) {
        var order = new Order(why, joinFirst);
        ordered = Optional.of(ordered.map(earlier -> earlier.and(order)).orElse(order));
        if (phase == Phase.SERVING) {
            beginAnew();
        }
    }

    private synchronized void beginAnew() {
        phase = Phase.ENDING;
        restarting = Optional.of(Thread.ofPlatform().name("restart").start(this::runRestart));
    }

    private void runRestart() {
        try {
            long begun = System.nanoTime();
            oneAfterTheOther();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            LOG.info("the node serves again after {} ms", millis);
        } catch (StartFailure | RuntimeException | Error failed) {
            if (!isClosed()) {
                lost.completeExceptionally(failed);
            }
        }
    }

    private void oneAfterTheOther() throws StartFailure {
        Generation old;
        Places here;
        String why;
        synchronized (this) {
            old = current.orElseThrow();
            here = places.orElseThrow();
            why = ordered.orElseThrow().why();
        }
        LOG.info("the actors end, and begin again inside this process: {}", why);
        letAnswerGo();
        old.closePorts();
        serve(nextAfter(old, why, here));
    }

    private static void letAnswerGo() throws StartFailure {
        try {
            TimeUnit.MILLISECONDS.sleep(ANSWER_MILLIS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw toldToStop();
        }
    }

    private Generation nextAfter(Generation old, String why, Places here) throws StartFailure {
        try (var _ = new Meanwhile(here.http())) {
            old.end(why);
            Order order = ended();
            return begin(Optional.of(here), order.joinFirst());
        }
    }

    /// What was ordered until now, all of it done by the generation that begins.
    private synchronized Order ended() throws StartFailure {
        current = Optional.empty();
        Order all = ordered.orElseThrow();
        ordered = Optional.empty();
        if (phase == Phase.CLOSED) {
            throw toldToStop();
        }
        phase = Phase.STARTING;
        return all;
    }

    private Generation begin(Optional<Places> before, Optional<Address> joinFirst)
            throws StartFailure {
        Generation next = beginning.begin(this, before, joinFirst);
        if (!took(next)) {
            try {
                next.end(STOPS);
            } catch (StartFailure failed) {
                LOG.error("the actors that had just begun did not end", failed);
            }
            throw toldToStop();
        }
        var _ = next.ending().thenRun(() -> beganToEnd(next));
        return next;
    }

    private static StartFailure toldToStop() {
        return new StartFailure(ExitCode.STOPPED, "It was told to stop.");
    }

    private synchronized boolean took(Generation next) {
        if (phase == Phase.CLOSED) {
            return false;
        }
        current = Optional.of(next);
        return true;
    }

    private Places serve(Generation next) throws StartFailure {
        Places here = next.serve();
        synchronized (this) {
            places = Optional.of(here);
            if (phase == Phase.STARTING) {
                phase = Phase.SERVING;
                if (ordered.isPresent()) {
                    beginAnew();
                }
            }
        }
        return here;
    }

    private synchronized void beganToEnd(Generation generation) {
        boolean ordersNothing = phase == Phase.STARTING || phase == Phase.SERVING;
        if (ordersNothing && current.filter(generation::equals).isPresent()) {
            lost.complete(null);
        }
    }

    synchronized boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /// Ends whatever there is, also in the middle of a restart, and begins nothing any more.
    @Override
    public void close() throws StartFailure {
        Phase before;
        Optional<Generation> now;
        Optional<Thread> restart;
        synchronized (this) {
            before = phase;
            phase = Phase.CLOSED;
            now = current;
            restart = restarting;
        }
        // Two that end the same one would close its parts twice.
        if (now.isPresent() && (before == Phase.STARTING || before == Phase.SERVING)) {
            now.get().end(STOPS);
            // It may wait for an answer of those that are gone now.
            restart.ifPresent(Thread::interrupt);
        }
        restart.ifPresent(Generations::await);
    }

    private static void await(Thread restart) {
        try {
            restart.join(RESTART_ENDS_WITHIN);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
