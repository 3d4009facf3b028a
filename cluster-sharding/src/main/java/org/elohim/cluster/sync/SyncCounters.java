package org.elohim.cluster.sync;

import org.elohim.protocol.sync.SyncMessage;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// What the node counts about its peers, since it was started.
public final class SyncCounters {
    /// Each is counted where it happens, and has its name in the API from here.
    public enum Counter {
        CONNECTED,
        PROOFS_REFUSED,
        FRAMES_RECEIVED,
        FRAMES_MALFORMED,
        FRAMES_SENT,
        CHANGES_RECEIVED,
        /// By us, for whatever reason; a mark counts as one.
        CHANGES_REFUSED,
        CHANGES_REFUSED_BY_PEERS,
        CHANGES_POISONED,
        SESSIONS_CLOSED_BY_US,
        /// Not let in, since their address had as many as it may have.
        CONNECTIONS_TOO_MANY,
        /// Of a sibling, since a device asked for them before they had come by themselves.
        DOCUMENTS_OBTAINED,
        /// Who came to the family's door and is not family, by what was wrong.
        STRANGERS_WITH_OTHER_KEY,
        STRANGERS_WITHOUT_KEY,
        STRANGERS_NOT_TLS,
        STRANGERS_SILENT,
        /// Before any handshake, since their address had failed too often.
        STRANGERS_SENT_AWAY,
        /// What was heard in the local network: of the family, of others, of the family by its name
        /// and nonsense by its content, and what was not looked at any more.
        ANNOUNCEMENTS_OURS,
        ANNOUNCEMENTS_FOREIGN,
        ANNOUNCEMENTS_GARBAGE,
        ANNOUNCEMENTS_TOO_MANY
    }

    private final Map<Counter, LongAdder> counts = new EnumMap<>(Counter.class);

    public SyncCounters() {
        for (Counter counter : Counter.values()) {
            counts.put(counter, new LongAdder());
        }
    }

    public void count(Counter counter) {
        count(counter, 1);
    }

    public void count(Counter counter, long times) {
        adder(counter).add(times);
    }

    private LongAdder adder(Counter counter) {
        return Objects.requireNonNull(counts.get(counter));
    }

    static int refusedIn(SyncMessage.Refused refused) {
        return Math.max(1, refused.hashes().size());
    }

    public Map<Counter, Long> all() {
        Map<Counter, Long> all = new LinkedHashMap<>();
        for (Counter counter : Counter.values()) {
            all.put(counter, adder(counter).sum());
        }
        return all;
    }
}
