package org.elohim.node.family;

import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.node.host.AddressGroup;
import org.elohim.protocol.family.FirstWords;
import org.elohim.protocol.family.Strangers;
import org.elohim.protocol.family.Strangers.Entry;
import org.elohim.protocol.family.Strangers.Why;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

/// Decides at the family's door who is worth a handshake, and tells of those who failed.
public final class Doorkeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);

    private final SyncCounters counters;
    private final InstantSource clock;
    // Guarded by itself.
    private final Strangers strangers = new Strangers();

    public Doorkeeper(SyncCounters counters, InstantSource clock) {
        this.counters = counters;
        this.clock = clock;
    }

    /// Why a connection ends before its handshake: not a failure of ours.
    static final class SentAway extends RuntimeException {
        SentAway() {
            super("sent away at the door", null, false, false);
        }
    }

    /// One connection.
    final class Visit {
        private final String address;
        private final Entry entry;
        // Of the one stream, and its end.
        private volatile FirstWords words = FirstWords.NAMES_NOBODY;
        private volatile boolean spoke;
        private volatile boolean proved;

        private Visit(String address, Entry entry) {
            this.address = address;
            this.entry = entry;
        }

        Entry entry() {
            return entry;
        }

        /// Ends the connection where it is not worth a handshake.
        void says(FirstWords first) {
            words = first;
            spoke = true;
            boolean away =
                    switch (entry) {
                        case COME -> false;
                        case IF_IT_NAMES_US -> first != FirstWords.NAMES_US || !mayProve(address);
                        case AWAY -> true;
                    };
            if (away) {
                throw new SentAway();
            }
        }

        void proved() {
            if (!proved) {
                proved = true;
                synchronized (strangers) {
                    strangers.proved(address);
                }
            }
        }

        void ended(@Nullable Throwable failed) {
            if (proved) {
                return;
            }
            if (failed instanceof SentAway) {
                counters.count(Counter.STRANGERS_SENT_AWAY);
            } else {
                tell(address, why(failed));
            }
            left(address);
        }

        private Why why(@Nullable Throwable failed) {
            return switch (words) {
                case NOT_TLS -> Why.NOT_TLS;
                case NAMES_ANOTHER_FAMILY -> Why.OTHER_KEY;
                case NAMES_US, NAMES_NOBODY -> {
                    if (!spoke || !(failed instanceof SSLException)) {
                        yield Why.SILENT;
                    }
                    yield String.valueOf(failed.getMessage()).contains("Empty client certificate")
                            ? Why.NO_CERTIFICATE
                            : Why.OTHER_KEY;
                }
            };
        }
    }

    Visit arrives(InetSocketAddress from) {
        String address = AddressGroup.of(from.getAddress());
        synchronized (strangers) {
            Entry entry = strangers.arrives(address, now());
            if (entry == Entry.AWAY) {
                counters.count(Counter.STRANGERS_SENT_AWAY);
            }
            return new Visit(address, entry);
        }
    }

    private boolean mayProve(String address) {
        synchronized (strangers) {
            return strangers.mayProve(address, now());
        }
    }

    private void left(String address) {
        synchronized (strangers) {
            strangers.ended(address);
        }
    }

    private void tell(String address, Why why) {
        counters.count(
                switch (why) {
                    case OTHER_KEY -> Counter.STRANGERS_WITH_OTHER_KEY;
                    case NO_CERTIFICATE -> Counter.STRANGERS_WITHOUT_KEY;
                    case NOT_TLS -> Counter.STRANGERS_NOT_TLS;
                    case SILENT -> Counter.STRANGERS_SILENT;
                });
        synchronized (strangers) {
            strangers
                    .failed(address, why, now(), clock.millis())
                    .ifPresent(line -> LOG.warn("{}", line));
        }
    }

    /// Those who were not let in lately.
    public List<Strangers.Seen> strangers() {
        synchronized (strangers) {
            return strangers.all();
        }
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() & Long.MAX_VALUE);
    }
}
