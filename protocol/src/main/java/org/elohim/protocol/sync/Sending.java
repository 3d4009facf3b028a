package org.elohim.protocol.sync;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/// The half of a session that sends the own stream.
///
/// Invariants: a lane sends only while no lane before it has anything to send or to read; no more
/// is in flight than the window; a lane's buffer holds no more than one page, and fresh entries
/// beyond that are read from the journal later; whoever follows the journal live passes what is not
/// for the peer without having seen it.
final class Sending {
    /// What the peer may owe an acknowledgement for.
    static final int WINDOW_EVENTS = 1024;

    static final long WINDOW_BYTES = 1 << 20;
    static final int PAGE_ENTRIES = 256;
    static final long PAGE_BYTES = 1 << 18;

    // Small beside what a slow line carries in a second, so that Acks and answers get in between.
    private static final long MESSAGE_BYTES = 1 << 16;

    private final Outbox out;
    private final Positions positions;
    private final NodeId peer;
    private final boolean sibling;
    private final Predicate<DocumentId> mayHold;
    private final Runnable gap;
    private final Map<Lane, Reading> lanes = new EnumMap<>(Lane.class);
    private boolean levelSaid;

    /// How far a lane was read ahead of what was sent.
    private static final class Reading {
        private final Deque<StreamEntry> buffer = new ArrayDeque<>();
        private long bufferBytes;
        private long through;
        private long freshest;
        private boolean atEnd;
        private long ticket;
    }

    /// @param gap hears that something was passed over which nothing but damage hides
    Sending(Outbox out, Positions positions, SyncSession.Config config, Runnable gap) {
        this.gap = gap;
        this.out = out;
        this.positions = positions;
        this.peer = config.peer();
        this.sibling = config.sibling();
        this.mayHold = config.mayHold();
        Lane.IN_ORDER.forEach(lane -> lanes.put(lane, new Reading()));
    }

    /// Forgets what was read ahead: it is read again from the cursors.
    void reset() {
        levelSaid = false;
        for (Lane lane : Lane.IN_ORDER) {
            var reading = new Reading();
            reading.through = positions.cursor(lane);
            lanes.put(lane, reading);
        }
    }

    void fresh(Input.Fresh fresh) {
        fresh.entries().forEach(this::fresh);
        for (Reading reading : lanes.values()) {
            if (reading.atEnd) {
                reading.through = Math.max(reading.through, fresh.through());
            }
        }
    }

    private void fresh(StreamEntry entry) {
        Reading reading = reading(entry.lane());
        if (entry.ordering() <= reading.through) {
            return;
        }
        reading.freshest = Math.max(reading.freshest, entry.ordering());
        if (reading.atEnd && peer.equals(entry.origin())) {
            // It has just said so itself.
            reading.through = entry.ordering();
            return;
        }
        boolean room =
                reading.buffer.size() < PAGE_ENTRIES
                        && reading.bufferBytes + entry.sizeBytes() <= PAGE_BYTES;
        if (reading.atEnd && room) {
            add(reading, entry);
            reading.through = entry.ordering();
        } else {
            reading.atEnd = false;
        }
    }

    void page(Input.Page page) {
        for (Reading reading : lanes.values()) {
            if (reading.ticket == page.ticket()) {
                reading.ticket = 0;
                if (page.gap()) {
                    gap.run();
                }
                page.entries().forEach(entry -> add(reading, known(entry)));
                reading.through = Math.max(reading.through, page.through());
                // What came in while the page was read may lie beyond it.
                reading.atEnd = page.end() && reading.through >= reading.freshest;
            }
        }
    }

    // What the peer has sent it need not get back, but is told of: its disk may be an older one by
    // now, and where we died right after taking it, no number tells of that.
    private StreamEntry known(StreamEntry entry) {
        return peer.equals(entry.origin()) ? entry.withoutChanges() : entry;
    }

    private static void add(Reading reading, StreamEntry entry) {
        reading.buffer.add(entry);
        reading.bufferBytes += entry.sizeBytes();
    }

    /// Sends what the window lets through, and asks for what is to be sent next.
    void pump() {
        var batch = new ArrayList<SyncMessage.Event>();
        long batchFirst = 0;
        long batchBytes = 0;
        for (Lane lane : Lane.IN_ORDER) {
            Reading reading = reading(lane);
            while (!reading.buffer.isEmpty() && windowOpen(reading.buffer.element())) {
                StreamEntry entry = reading.buffer.remove();
                reading.bufferBytes -= entry.sizeBytes();
                if (hidden(entry)) {
                    if (entry.kind() == StreamEntry.Kind.CHANGES) {
                        gap.run();
                    }
                    positions.skip(lane, entry.ordering());
                    continue;
                }
                boolean mark = entry.kind() != StreamEntry.Kind.CHANGES;
                boolean full =
                        batch.size() == SyncMessage.EVENTS_MAX
                                || batchBytes + entry.sizeBytes() > MESSAGE_BYTES;
                if (!batch.isEmpty() && (mark || full)) {
                    out.send(new SyncMessage.Events(batchFirst, batch));
                    batch.clear();
                    batchBytes = 0;
                }
                long position = positions.give(entry);
                if (mark) {
                    out.send(mark(entry, position));
                    continue;
                }
                batchFirst = batch.isEmpty() ? position : batchFirst;
                batch.add(
                        new SyncMessage.Event(
                                entry.document(), entry.hashes(), lane, entry.changes()));
                batchBytes += entry.sizeBytes();
            }
            if (reading.buffer.isEmpty()) {
                positions.skip(lane, reading.through);
                read(lane, reading);
            }
            if (!reading.buffer.isEmpty() || !reading.atEnd) {
                break;
            }
        }
        if (!batch.isEmpty()) {
            out.send(new SyncMessage.Events(batchFirst, batch));
        }
        if (!levelSaid && caughtUp()) {
            levelSaid = true;
            out.send(new SyncMessage.Level(positions.lastGiven()));
        }
    }

    private boolean windowOpen(StreamEntry next) {
        return positions.inFlight() == 0
                || (positions.inFlight() < WINDOW_EVENTS
                        && positions.inFlightBytes() + next.sizeBytes() <= WINDOW_BYTES);
    }

    // A withdrawal is for the one who may not hold the document any more, all else for who may.
    private boolean hidden(StreamEntry entry) {
        return switch (entry.kind()) {
            case WITHDRAWN -> mayHold.test(entry.document());
            case CHANGES, DELETED, RESTORED -> !mayHold.test(entry.document());
            case RULED -> !sibling;
        };
    }

    private static SyncMessage mark(StreamEntry entry, long position) {
        return switch (entry.kind()) {
            case WITHDRAWN -> new SyncMessage.Withdrawn(position, entry.document());
            case DELETED -> new SyncMessage.Deleted(position, entry.document(), entry.life());
            case RESTORED -> new SyncMessage.Restored(position, entry.document(), entry.life());
            case RULED ->
                    new SyncMessage.Ruled(position, entry.document(), entry.ruling(), entry.life());
            case CHANGES -> throw new IllegalArgumentException("no mark: " + entry);
        };
    }

    private void read(Lane lane, Reading reading) {
        if (!reading.atEnd && reading.ticket == 0) {
            reading.ticket = out.ticket();
            out.add(
                    new Output.ReadPage(
                            reading.ticket, lane, reading.through, PAGE_ENTRIES, PAGE_BYTES));
        }
    }

    /// Everything was read and sent.
    boolean caughtUp() {
        return lanes.values().stream().allMatch(r -> r.atEnd && r.buffer.isEmpty());
    }

    private Reading reading(Lane lane) {
        return Objects.requireNonNull(lanes.get(lane));
    }

    void checkInvariants() {
        positions.checkInvariants();
        if (positions.inFlight() > WINDOW_EVENTS
                || positions.inFlightBytes() > WINDOW_BYTES + StreamEntry.SIZE_BYTES_MAX) {
            throw new IllegalStateException("broken: window " + positions.inFlightBytes());
        }
        for (Reading reading : lanes.values()) {
            List<StreamEntry> buffer = List.copyOf(reading.buffer);
            long bytes = buffer.stream().mapToLong(StreamEntry::sizeBytes).sum();
            if (bytes != reading.bufferBytes
                    || buffer.size() > PAGE_ENTRIES
                    || bytes > PAGE_BYTES + StreamEntry.SIZE_BYTES_MAX) {
                throw new IllegalStateException("broken: buffer " + buffer.size());
            }
        }
    }
}
