package org.elohim.node.replication;

import org.elohim.node.blob.Outcome;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Blobs that were put here, on their way into the log of copies.
///
/// What was put is on the disk and says itself that it is wanted, so nobody need wait for the log:
/// after a kill the next start finds what it lacks ([Comparison]). So the log writes many at once.
/// How far a blob may travel the log alone tells, so whoever says that waits for it.
///
/// Invariants: each comes into the log as long as this process lives; how many are on their way is
/// bounded. Behind that, and while the log cannot be written, whoever puts waits for it, and is
/// told where it fails.
final class Acceptances {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptances.class);
    private static final int UNDER_WAY_MAX = 4096;
    private static final long AGAIN_SECONDS = 1;
    private static final long WAIT_MILLIS = ReplicationLog.WRITTEN_WITHIN.toMillis();
    private static final Executor LATER =
            CompletableFuture.delayedExecutor(
                    AGAIN_SECONDS, TimeUnit.SECONDS, Thread::startVirtualThread);

    private final Log log;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean isFailing;
    private volatile boolean isClosed;

    /// What they are written to.
    interface Log {
        CompletableFuture<Long> accepted(
                ContentHash blob, long sizeBytes, Reach reach, long lettingsGo);
    }

    Acceptances(Log log) {
        this.log = log;
    }

    /// Done once it is sure to be written down, be it by the next start.
    CompletionStage<Outcome> add(ContentHash blob, long sizeBytes, Reach reach, long lettingsGo) {
        if (reach != Reach.DEFAULT || isFailing || underWay.get() >= UNDER_WAY_MAX) {
            return log.accepted(blob, sizeBytes, reach, lettingsGo)
                    .orTimeout(WAIT_MILLIS, TimeUnit.MILLISECONDS)
                    .handle((_, failed) -> ended(failed));
        }
        underWay.incrementAndGet();
        bring(blob, sizeBytes, reach, lettingsGo);
        return CompletableFuture.completedFuture(new Outcome.Done());
    }

    private Outcome ended(@Nullable Throwable failed) {
        isFailing = failed != null;
        return failed == null
                ? new Outcome.Done()
                : new Outcome.Failed("its copies cannot be seen to: " + Downloading.words(failed));
    }

    private void bring(ContentHash blob, long sizeBytes, Reach reach, long lettingsGo) {
        var _ =
                log.accepted(blob, sizeBytes, reach, lettingsGo)
                        .whenComplete(
                                (_, failed) -> {
                                    boolean isNews = !isFailing;
                                    if (ended(failed) instanceof Outcome.Done || isClosed) {
                                        underWay.decrementAndGet();
                                        return;
                                    }
                                    if (isNews) {
                                        LOG.warn(
                                                "blobs are put and not known yet to whoever sees to"
                                                        + " their copies reason={}",
                                                String.valueOf(failed));
                                    }
                                    LATER.execute(() -> bring(blob, sizeBytes, reach, lettingsGo));
                                });
    }

    /// What is not written down by now the next start finds.
    void close() {
        isClosed = true;
    }
}
