package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.History;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Two sides with random parts of a random history, whose messages, takes and reads happen in a
/// random order.
class DocumentSyncProperties {
    // Far more than any of these exchanges takes: beyond, they talk for ever.
    private static final int STEPS_MAX = 20_000;

    @Property(tries = 3_000)
    void twoSidesEndWithTheSameChanges(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 150) int edits,
            @ForAll @IntRange(min = 1, max = 40) int changesMax) {
        var meeting = new Meeting(seed, edits, CostLimits.DEFAULT, changesMax);

        meeting.run(0);

        assertEquals(meeting.history.changes.size(), meeting.one.graph.size());
        assertEquals(meeting.one.graph.heads(), meeting.other.graph.heads());
        assertTrue(meeting.other.graph.hasAll(meeting.one.sync().sharedHeads()));
        assertTrue(meeting.one.graph.hasAll(meeting.other.sync().sharedHeads()));
    }

    @Property(tries = 3_000)
    void cutsAndForgottenSharedHeadsChangeNothing(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 150) int edits) {
        var meeting = new Meeting(seed, edits, CostLimits.DEFAULT, 7);

        meeting.run(5);

        assertEquals(meeting.history.changes.size(), meeting.one.graph.size());
        assertEquals(meeting.one.graph.heads(), meeting.other.graph.heads());
    }

    @Property(tries = 200)
    void theyFallSilentWhereOneRefusesWhatTheOtherHas(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 80) int edits,
            @ForAll @IntRange(min = 1, max = 60) int limit) {
        var meeting = new Meeting(seed, edits, new CostLimits(1_000_000, limit), 10);

        meeting.run(0);

        assertTrue(meeting.isQuiet());
    }

    private static final class Meeting {
        private final Random random;
        private final History history;
        private final Side one;
        private final Side other;
        private final List<ChangeChunk> later = new ArrayList<>();

        Meeting(long seed, int edits, CostLimits limits, int changesMax) {
            random = new Random(seed);
            history = History.random(seed, edits);
            one = new Side(limits, changesMax);
            other = new Side(limits, changesMax);
            Set<ContentHash> here = part();
            Set<ContentHash> there = part();
            one.add(chosen(here));
            other.add(chosen(there));
            here.addAll(there);
            history.changes.values().stream()
                    .filter(change -> !here.contains(change.hash()))
                    .forEach(later::add);
        }

        private Set<ContentHash> part() {
            Set<ContentHash> picked = new HashSet<>();
            for (ContentHash hash : history.changes.keySet()) {
                if (random.nextInt(20) == 0) {
                    picked.add(hash);
                }
            }
            return new HashSet<>(history.closure(picked));
        }

        private List<ChangeChunk> chosen(Set<ContentHash> hashes) {
            return history.changes.values().stream()
                    .filter(change -> hashes.contains(change.hash()))
                    .toList();
        }

        void run(int cuts) {
            int cutsLeft = cuts;
            one.handle(new Input.Begun());
            for (int step = 0; !isQuiet() || !later.isEmpty() || cutsLeft > 0; step++) {
                assertTrue(step < STEPS_MAX, "no end of it");
                if (cutsLeft > 0 && (isQuiet() || random.nextInt(10) == 0)) {
                    cutsLeft--;
                    reconnect();
                } else if (!later.isEmpty() && (isQuiet() || random.nextInt(20) == 0)) {
                    edit();
                } else {
                    act();
                }
                assertEquals("", one.failure + other.failure);
            }
        }

        boolean isQuiet() {
            return !one.isBusy() && !other.isBusy();
        }

        private void act() {
            Side side = random.nextBoolean() ? one : other;
            Side peer = side == one ? other : one;
            if (random.nextBoolean() && !side.due.isEmpty()) {
                side.doOne(random.nextInt(side.due.size()));
            } else if (!peer.sent.isEmpty() && side.sync().isReady()) {
                side.receive(peer.sent.remove());
            }
        }

        // Somebody else brings a change, together with what it builds on.
        private void edit() {
            ChangeChunk change = later.removeFirst();
            Side side = random.nextBoolean() ? one : other;
            side.add(chosen(history.closure(Set.of(change.hash()))));
        }

        private void reconnect() {
            one.connect(remembered(one));
            other.connect(remembered(other));
            if (random.nextBoolean()) {
                one.handle(new Input.Begun());
            }
            other.handle(new Input.Begun());
        }

        // Right, forgotten, or what somebody else is known to have.
        private List<ContentHash> remembered(Side side) {
            return switch (random.nextInt(3)) {
                case 0 -> side.sync().sharedHeads();
                case 1 -> List.of();
                default -> {
                    List<ContentHash> all = List.copyOf(history.changes.keySet());
                    yield all.isEmpty() ? all : List.of(all.get(random.nextInt(all.size())));
                }
            };
        }
    }
}
