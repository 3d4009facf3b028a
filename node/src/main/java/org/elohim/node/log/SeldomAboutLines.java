package org.elohim.node.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/// Lets through one line a minute of what Akka says about its connections: it says the same every
/// second of each sibling that is gone, and of each stranger that knocks. Who is gone and who has
/// another key the family tells itself. The same of what the library for multicast DNS says of each
/// packet that it cannot read: anybody in the local network may send any number of them.
final class SeldomAboutLines extends TurboFilter {
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    // One entry for each class of Akka's that has ever had something to say.
    private final ConcurrentMap<String, Long> saidNanos = new ConcurrentHashMap<>();

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] parameters,
            @Nullable Throwable failed) {
        String name = logger.getName();
        if (format == null || !level.isGreaterOrEqual(Level.WARN) || !isTalkative(name)) {
            return FilterReply.NEUTRAL;
        }
        long now = System.nanoTime();
        Long before = saidNanos.putIfAbsent(name, now);
        boolean isDue =
                before == null
                        || (now - before >= PAUSE_NANOS && saidNanos.replace(name, before, now));
        return isDue ? FilterReply.NEUTRAL : FilterReply.DENY;
    }

    private static boolean isTalkative(String logger) {
        return logger.startsWith("akka.remote.")
                || logger.startsWith("akka.stream.")
                || logger.startsWith("javax.jmdns.");
    }
}
