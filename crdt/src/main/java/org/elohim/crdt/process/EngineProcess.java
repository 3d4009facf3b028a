package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.EngineLost;
import org.elohim.protocol.Bytes;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/// Opens documents in a child process, which it starts when one is needed.
///
/// Invariants: no call hangs, for a child that does not answer in time is killed; a child's death
/// loses the documents open in it and nothing else; a child is replaced once it has grown large,
/// since the library leaks a little with each edit.
public final class EngineProcess implements AutoCloseable {
    /// How long a child may take, when it is killed, and how often it may die within a minute.
    ///
    /// @param workingBytesMax beyond it a child is killed in the middle of its work, where the
    ///   system tells its size
    public record Limits(
            Duration timeout, long residentBytesMax, int deathsMax, long workingBytesMax) {
        /// The same, where a child at work may take what there is.
        public Limits(Duration timeout, long residentBytesMax, int deathsMax) {
            this(timeout, residentBytesMax, deathsMax, Long.MAX_VALUE);
        }

        /// Half a minute is many times what the largest document of people takes to load; half a
        /// gibibyte is room for dozens of them.
        public static final Limits DEFAULT = new Limits(Duration.ofSeconds(30), 512L << 20, 5);
    }

    /// Looking at the child's memory costs a fraction of an edit, so not each one pays it.
    private static final int REQUESTS_PER_LOOK = 64;

    private final Limits limits;
    private final InstantSource clock;
    private final LongFunction<OptionalLong> residentBytes;
    private final String classPath;
    private final int heapMebibytes;
    private final RestartLimit restarts;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Set<Long> open = new HashSet<>();
    private final ScheduledThreadPoolExecutor timer;
    private final Set<EngineProcess> siblings = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Child child;
    private long lastDocument;
    private int requests;
    private volatile boolean closed;

    public EngineProcess(Limits limits, InstantSource clock) {
        this(limits, clock, System.getProperty("java.class.path"));
    }

    /// With children of another class path than this process has: so it need not have the library
    /// itself, and cannot load it.
    public EngineProcess(Limits limits, InstantSource clock, String classPath) {
        this(limits, clock, EngineProcess::residentBytes, classPath, Child.HEAP_MEBIBYTES);
    }

    /// With another way to tell the size of a process by its id.
    EngineProcess(Limits limits, InstantSource clock, LongFunction<OptionalLong> residentBytes) {
        this(
                limits,
                clock,
                residentBytes,
                System.getProperty("java.class.path"),
                Child.HEAP_MEBIBYTES);
    }

    /// With children of another heap.
    EngineProcess(Limits limits, InstantSource clock, int heapMebibytes) {
        this(
                limits,
                clock,
                EngineProcess::residentBytes,
                System.getProperty("java.class.path"),
                heapMebibytes);
    }

    private EngineProcess(
            Limits limits,
            InstantSource clock,
            LongFunction<OptionalLong> residentBytes,
            String classPath,
            int heapMebibytes) {
        this.classPath = classPath;
        this.heapMebibytes = heapMebibytes;
        this.limits = limits;
        this.clock = clock;
        this.residentBytes = residentBytes;
        this.restarts = new RestartLimit(limits.deathsMax());
        this.timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("engine-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /// Throws `EngineLost` if no child can be started, or too many died lately.
    public CrdtEngine open(Bytes actor) {
        return open(actor, true);
    }

    /// Whether a death counts against the limit: one that a search provokes does not.
    RemoteEngine open(Bytes actor, boolean counted) {
        lock.lock();
        try {
            long document = ++lastDocument;
            Child host = living();
            open.add(document);
            var engine = new RemoteEngine(this, host, document, counted);
            try {
                engine.start(actor);
            } catch (IllegalStateException refused) {
                // A child that cannot open an empty document is of no use for another.
                endChild();
                throw new EngineLost(
                        "documents cannot be read on this machine: " + refused.getMessage(),
                        EngineLost.Why.UNFIT);
            }
            return engine;
        } finally {
            lock.unlock();
        }
    }

    /// A process of its own with the same limits, whose death harms no document of this one; it is
    /// closed with this one at the latest.
    EngineProcess sibling() {
        var sibling = new EngineProcess(limits, clock, residentBytes, classPath, heapMebibytes);
        siblings.add(sibling);
        if (closed) {
            sibling.close();
        }
        return sibling;
    }

    void end(EngineProcess sibling) {
        sibling.close();
        siblings.remove(sibling);
    }

    Reply ask(Child host, Request request, boolean counted) {
        lock.lock();
        try {
            if (host != child) {
                throw new EngineLost("the document's process is gone; open the document again");
            }
            Reply reply = host.ask(request, limits.timeout(), () -> isDeadly(host), timer);
            if (++requests % REQUESTS_PER_LOOK == 0) {
                endIfLarger(2);
            }
            return reply;
        } catch (Child.Gone gone) {
            forget();
            if (counted) {
                restarts.died(clock.instant());
            }
            throw new EngineLost(
                    "the document's process died (" + gone.getMessage() + "); open it again",
                    gone.why());
        } finally {
            lock.unlock();
        }
    }

    void closeDocument(Child host, long document) {
        lock.lock();
        try {
            if (host == child && open.remove(document)) {
                ask(host, new Request.Close(document), true);
            }
        } catch (EngineLost alreadyGone) {
            // What was to be freed is free.
        } finally {
            lock.unlock();
        }
    }

    /// The process id of the child, if one runs.
    public OptionalLong pid() {
        lock.lock();
        try {
            return child == null ? OptionalLong.empty() : OptionalLong.of(child.pid());
        } finally {
            lock.unlock();
        }
    }

    /// Ends the child until a document is opened again; those that are open are lost.
    public void rest() {
        lock.lock();
        try {
            endChild();
        } finally {
            lock.unlock();
        }
    }

    /// Ends the child, whatever it is at; all its documents are lost.
    @Override
    public void close() {
        closed = true;
        siblings.forEach(EngineProcess::close);
        Child atWork = child;
        if (atWork != null) {
            // Else whoever waits for its answer would be waited for.
            atWork.kill();
        }
        lock.lock();
        try {
            endChild();
            timer.shutdownNow();
        } finally {
            lock.unlock();
        }
    }

    private Child living() {
        if (closed) {
            throw new EngineLost("documents are not read any more: the program ends");
        }
        Child before = child;
        if (before != null && !before.isAlive()) {
            endChild();
            restarts.died(clock.instant());
        }
        if (open.isEmpty()) {
            endIfLarger(1);
        }
        Child running = child;
        if (running != null) {
            return running;
        }
        if (!restarts.allows(clock.instant())) {
            throw new EngineLost(
                    "the process that reads documents died "
                            + limits.deathsMax()
                            + " times within a minute, so it is not started again yet; nothing"
                            + " stored is lost: try again in a minute");
        }
        try {
            Child started = Child.start(classPath, heapMebibytes);
            child = started;
            if (closed) {
                // Whoever closed this may have looked before it was there.
                started.kill();
            }
            return started;
        } catch (IOException failed) {
            throw new EngineLost(
                    "the process that reads documents cannot be started: " + failed.getMessage());
        }
    }

    private void endIfLarger(int timesTheLimit) {
        Child grown = child;
        if (grown != null && sizeBytes(grown) / timesTheLimit > limits.residentBytesMax()) {
            endChild();
        }
    }

    private boolean isDeadly(Child host) {
        return residentBytes.apply(host.pid()).orElse(0) > limits.workingBytesMax();
    }

    private long sizeBytes(Child running) {
        return residentBytes.apply(running.pid()).orElseGet(running::guessedBytes);
    }

    private void endChild() {
        Child running = child;
        if (running != null) {
            running.end();
            forget();
        }
    }

    private void forget() {
        child = null;
        open.clear();
    }

    /// Nothing where the system does not tell.
    static OptionalLong residentBytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst();
        } catch (IOException untold) {
            return OptionalLong.empty();
        }
    }
}
