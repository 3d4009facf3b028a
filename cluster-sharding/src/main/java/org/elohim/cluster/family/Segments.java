package org.elohim.cluster.family;

import org.elohim.protocol.family.Announcement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The parts of the local network that this machine is in, one for each of its interfaces.
///
/// Invariants: what fails at one of them keeps nobody silent at the others, and is told when it
/// begins; one that is flooded is left alone for a while. Of one thread.
final class Segments {
    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
    // After a flood.
    private static final long LEFT_ALONE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /// One of them.
    interface Segment {
        /// Says this and nothing else, by the names of the services.
        void announce(Map<String, Announcement> all) throws IOException;

        boolean isFlooded();

        void close() throws IOException;
    }

    /// How one is opened.
    interface Opening {
        Segment open(InetAddress own) throws IOException;
    }

    /// What is said at one of them.
    interface Words {
        Map<String, Announcement> at(InetAddress own) throws IOException;
    }

    private final Opening opening;
    private final Map<InetAddress, Segment> open = new HashMap<>();
    private final Map<InetAddress, Long> leftAlone = new HashMap<>();
    private final Set<InetAddress> failing = new HashSet<>();

    Segments(Opening opening) {
        this.opening = opening;
    }

    /// Speaks at these and at no others.
    void speak(List<InetAddress> present, Words words, long nowNanos) {
        leftAlone.values().removeIf(until -> until - nowNanos < 0);
        failing.retainAll(present);
        for (InetAddress each : Set.copyOf(open.keySet())) {
            Segment segment = Objects.requireNonNull(open.get(each));
            if (segment.isFlooded()) {
                LOG.warn(
                        "the local network at {} is flooded with announcements; it is left alone"
                                + " for a minute",
                        each.getHostAddress());
                leftAlone.put(each, nowNanos + LEFT_ALONE_NANOS);
            }
            if (segment.isFlooded() || !present.contains(each)) {
                open.remove(each);
                letGo(segment);
            }
        }
        present.stream()
                .filter(each -> !leftAlone.containsKey(each))
                .forEach(each -> speak(each, words));
    }

    private void speak(InetAddress own, Words words) {
        try {
            Segment segment = open.get(own);
            if (segment == null) {
                segment = opening.open(own);
                open.put(own, segment);
            }
            segment.announce(words.at(own));
            if (failing.remove(own)) {
                LOG.info("the local network at {} is spoken with again", own.getHostAddress());
            }
        } catch (IOException | RuntimeException failed) {
            if (failing.add(own)) {
                LOG.warn(
                        "the local network at {} cannot be spoken with ({}), so nobody finds this"
                                + " node there; it is tried again and again",
                        own.getHostAddress(),
                        failed.getMessage());
            }
            LOG.debug("the local network at {} is not asked", own.getHostAddress(), failed);
        }
    }

    void close() {
        open.values().forEach(Segments::letGo);
        open.clear();
    }

    // Its goodbye takes longer than anybody should wait.
    private static void letGo(Segment segment) {
        Thread.ofPlatform()
                .daemon()
                .name("mdns goodbye")
                .start(
                        () -> {
                            try {
                                segment.close();
                            } catch (IOException gone) {
                                LOG.debug("no goodbye was said", gone);
                            }
                        });
    }
}
