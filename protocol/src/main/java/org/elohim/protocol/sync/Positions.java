package org.elohim.protocol.sync;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The numbers of one relationship: what was sent to the peer, what it has acknowledged, and how
/// far each lane of the own journal is thereby done.
///
/// Invariants: numbers are dense and given at send time; a lane's cursor never passes an entry of
/// the lane that was sent and is not acknowledged; what is saved is never ahead of what the peer
/// has acknowledged.
///
/// The journal's own order stays private: the peer only ever sees the dense numbers.
public final class Positions {
    private final Deque<Sent> inFlight = new ArrayDeque<>();
    private final Map<Lane, Long> cursors = new EnumMap<>(Lane.class);
    // Up to here all of a lane was sent or need not be; a cursor follows once all is acknowledged.
    private final Map<Lane, Long> passed = new EnumMap<>(Lane.class);
    private final Map<Lane, Integer> inFlightOf = new EnumMap<>(Lane.class);
    private final long epoch;
    private long acknowledged;
    private long inFlightBytes;

    /// What survives a restart.
    ///
    /// @param epoch names this numbering; a new one is drawn where the store was copied or restored
    /// @param cursors the journal's ordering up to which the lane is done
    public record Saved(long epoch, long acknowledged, Map<Lane, Long> cursors) {
        public Saved {
            if (epoch == 0 || acknowledged < 0) {
                throw new IllegalArgumentException(
                        "epoch=" + epoch + " acknowledged=" + acknowledged);
            }
            var complete = new EnumMap<Lane, Long>(Lane.class);
            for (Lane lane : Lane.IN_ORDER) {
                complete.put(lane, cursors.getOrDefault(lane, 0L));
            }
            cursors = Map.copyOf(complete);
        }

        /// A relationship in which nothing was sent yet.
        public static Saved initial(long epoch) {
            return new Saved(epoch, 0, Map.of());
        }

        /// The same numbering, and the whole journal to be passed through once more. What the peer
        /// has already drops out there by its hash.
        Saved fromTheStart() {
            return new Saved(epoch, acknowledged, Map.of());
        }
    }

    /// An entry of the own journal on its way to the peer.
    record Sent(long position, StreamEntry entry, long sizeBytes) {}

    public Positions(Saved saved) {
        this.epoch = saved.epoch();
        this.acknowledged = saved.acknowledged();
        cursors.putAll(saved.cursors());
        passed.putAll(saved.cursors());
    }

    public Saved saved() {
        return new Saved(epoch, acknowledged, cursors);
    }

    public long epoch() {
        return epoch;
    }

    public long acknowledged() {
        return acknowledged;
    }

    public long lastGiven() {
        return acknowledged + inFlight.size();
    }

    public int inFlight() {
        return inFlight.size();
    }

    public long inFlightBytes() {
        return inFlightBytes;
    }

    /// From here on the lane is to be read after a resume.
    public long cursor(Lane lane) {
        return value(cursors, lane);
    }

    /// All lanes are done up to here.
    public long doneThrough() {
        return Lane.IN_ORDER.stream().mapToLong(this::cursor).min().orElseThrow();
    }

    /// Numbers an entry that is sent now.
    public long give(StreamEntry entry) {
        pass(entry.lane(), entry.ordering());
        long position = lastGiven() + 1;
        inFlight.add(new Sent(position, entry.withoutChanges(), entry.sizeBytes()));
        inFlightBytes += entry.sizeBytes();
        inFlightOf.merge(entry.lane(), 1, Integer::sum);
        return position;
    }

    /// Notes that the lane has nothing for the peer up to this ordering that was not sent.
    public void skip(Lane lane, long ordering) {
        pass(lane, ordering);
        settle(lane);
    }

    /// Takes an acknowledgement of all up to `position`; returns what is newly acknowledged. A
    /// number beyond those given, or an old one, changes nothing.
    public List<StreamEntry> acknowledge(long position) {
        if (position > lastGiven()) {
            return List.of();
        }
        var done = new ArrayList<StreamEntry>();
        while (acknowledged < position) {
            Sent sent = inFlight.remove();
            StreamEntry entry = sent.entry();
            acknowledged++;
            inFlightBytes -= sent.sizeBytes();
            inFlightOf.merge(entry.lane(), -1, Integer::sum);
            cursors.put(entry.lane(), entry.ordering());
            done.add(entry);
        }
        done.stream().map(StreamEntry::lane).distinct().forEach(this::settle);
        return done;
    }

    /// Whether the peer holds what we do not remember to have sent: a crash took the last positions
    /// from us, or the whole disk is an older one.
    boolean areBehind(long heldEpoch, boolean sameRun, long heldPosition) {
        return heldEpoch == epoch ? !sameRun && heldPosition > acknowledged : heldEpoch != 0;
    }

    /// Begins anew after a cut, with what the peer says it holds; returns what that acknowledges.
    ///
    /// What is beyond our end, or behind what was acknowledged, is a number that one side lost in a
    /// crash: we go on from the last acknowledged one, and duplicates drop out by hash. Only a peer
    /// that does not know this numbering at all gets everything again.
    ///
    /// @param sameRun the peer means numbers that this process has given. After a crash the same
    ///   numbers are given again to other entries; the peer's must not acknowledge those
    public List<StreamEntry> resume(long heldEpoch, boolean sameRun, long heldPosition) {
        List<StreamEntry> done = List.of();
        if (heldEpoch == epoch) {
            done = sameRun ? acknowledge(heldPosition) : done;
        } else {
            acknowledged = 0;
            Lane.IN_ORDER.forEach(lane -> cursors.put(lane, 0L));
        }
        inFlight.clear();
        inFlightBytes = 0;
        inFlightOf.clear();
        passed.putAll(cursors);
        return done;
    }

    private void pass(Lane lane, long ordering) {
        if (ordering < value(passed, lane)) {
            throw new IllegalStateException(
                    lane + " goes back from " + value(passed, lane) + " to " + ordering);
        }
        passed.put(lane, ordering);
    }

    private void settle(Lane lane) {
        if (inFlightOf.getOrDefault(lane, 0) == 0) {
            cursors.put(lane, value(passed, lane));
        }
    }

    private static long value(Map<Lane, Long> map, Lane lane) {
        return map.getOrDefault(lane, 0L);
    }

    void checkInvariants() {
        long expected = acknowledged;
        long bytes = 0;
        for (Sent sent : inFlight) {
            expected++;
            bytes += sent.sizeBytes();
            Lane lane = sent.entry().lane();
            check(sent.position() == expected, "numbers are dense", sent.position());
            check(cursor(lane) < sent.entry().ordering(), "cursor waits", sent.position());
        }
        check(bytes == inFlightBytes, "bytes add up", bytes);
        for (Lane lane : Lane.IN_ORDER) {
            check(cursor(lane) <= value(passed, lane), "cursor follows", cursor(lane));
        }
    }

    private static void check(boolean holds, String invariant, long number) {
        if (!holds) {
            throw new IllegalStateException("broken: " + invariant + ", at " + number);
        }
    }
}
