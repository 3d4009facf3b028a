package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.crdt.RewrittenChange;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.Vetting.Blame;
import org.elohim.crdt.process.Vetting.Search;
import org.elohim.crdt.process.Vetting.Terms;
import org.elohim.crdt.process.Vetting.Tried;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

class VettingTest {
    private static final Bytes ACTOR = Bytes.parseHex("09");

    @Test
    void aPoisonedChangeKillsTheChildOnly() {
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH);
                CrdtEngine engine = process.open(ACTOR)) {
            Bytes poison = PoisonedChange.by(Bytes.parseHex("01")).bytes();

            assertInstanceOf(Applied.Killed.class, engine.apply(poison));
        }
    }

    @Test
    void poisonedChangesAreQuarantinedAndTheRestCanBeRead() {
        var poison = PoisonedChange.by(Bytes.parseHex("01"));
        var candidates =
                List.of(
                        sound("02", "a"),
                        new Candidate(poison.hash(), poison.deps(), poison.bytes()),
                        sound("03", "b"));
        var announced = new ArrayList<ContentHash>();
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH)) {
            var vetted =
                    Vetting.open(
                            process,
                            ACTOR,
                            candidates,
                            Set.of(),
                            Terms.whole(Blame.CRASHES),
                            announced::addAll);

            assertEquals(Set.of(poison.hash()), vetted.found().quarantined().keySet());
            assertEquals(Optional.of(new Value.Int(1)), vetted.engine().read(Path.of("a")));
            assertEquals(Optional.of(new Value.Int(1)), vetted.engine().read(Path.of("b")));
            assertFalse(announced.isEmpty());
        }
    }

    @Test
    void theProcessSaysWhetherItCrashedOrWasEnded() throws Exception {
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH)) {
            Bytes poison = PoisonedChange.by(Bytes.parseHex("01")).bytes();
            RemoteEngine poisoned = process.open(ACTOR, false);
            assertTrue(assertThrows(EngineLost.class, () -> poisoned.taken(poison)).crashed());

            RemoteEngine killed = process.open(ACTOR, false);
            ProcessHandle.of(process.pid().orElseThrow()).orElseThrow().destroyForcibly();
            Bytes whole = sound("02", "a").chunk();
            assertFalse(assertThrows(EngineLost.class, () -> killed.taken(whole)).crashed());
        }
    }

    @Test
    void whatTheMachineIsToBlameForIsBlamedOnNoChange() {
        var search = new Bisection(List.of(sound("02", "a"), sound("03", "b")), Set.of(), 64);
        var outcomes =
                new ArrayDeque<Tried>(
                        List.of(new Tried.Crashed("it aborted"), new Tried.Hindered("too late")));

        assertThrows(
                EngineLost.class,
                () -> Vetting.settle(search, () -> false, _ -> outcomes.remove()));

        assertTrue(search.quarantined().isEmpty());
        assertTrue(search.untried().isEmpty());
    }

    @Test
    void aChangeThatClaimsMoreThanAnyMachineHasIsLeftOutHoweverItFails() {
        Candidate sound = sound("02", "a");
        ChangeChunk bomb = RewrittenChange.endless(RewrittenChange.parsed(sound.chunk()));
        var limits = new EngineProcess.Limits(Duration.ofSeconds(10), 512L << 20, 5, 1L << 30);
        try (var process = new EngineProcess(limits, () -> Instant.EPOCH)) {
            var vetted =
                    Vetting.open(
                            process,
                            ACTOR,
                            List.of(new Candidate(bomb.hash(), bomb.deps(), bomb.bytes()), sound),
                            Set.of(),
                            Terms.whole(Blame.HANGS_TOO),
                            _ -> {});

            assertEquals(Set.of(bomb.hash()), vetted.found().quarantined().keySet());
            assertEquals(Optional.of(new Value.Int(1)), vetted.engine().read(Path.of("a")));
        }
    }

    @Test
    void aHangIsBlamedOnAChangeOnlyWhereThatIsSoonForgotten() {
        assertFalse(Blame.CRASHES.covers(EngineLost.Why.LATE));
        assertFalse(Blame.CRASHES.covers(EngineLost.Why.TOO_LARGE));
        assertTrue(Blame.HANGS_TOO.covers(EngineLost.Why.LATE));
        assertTrue(Blame.HANGS_TOO.covers(EngineLost.Why.TOO_LARGE));
        for (Blame blame : Blame.values()) {
            assertTrue(blame.covers(EngineLost.Why.CRASHED));
            assertFalse(blame.covers(EngineLost.Why.GONE));
            assertFalse(blame.covers(EngineLost.Why.UNFIT));
        }
    }

    @Test
    void aChangeThatSurvivesTheSecondTryIsSound() {
        var search = new Bisection(List.of(sound("02", "a"), sound("03", "b")), Set.of(), 64);
        Tried crashed = new Tried.Crashed("it aborted");
        Tried survived = new Tried.Survived();
        // Both, the first alone, the first once more, both.
        var outcomes = new ArrayDeque<Tried>(List.of(crashed, crashed, survived, survived));

        Vetting.settle(search, () -> false, _ -> outcomes.remove());

        assertTrue(search.isDone());
        assertEquals(2, search.next().size());
        assertTrue(search.quarantined().isEmpty());
    }

    @Test
    void whatIsNotReachedIsLeftOutWithoutBlame() {
        Candidate first = sound("02", "a");
        Candidate second = sound("03", "b");
        var search = new Bisection(List.of(first, second), Set.of(), 2);
        var outcomes =
                new ArrayDeque<Tried>(
                        List.of(
                                new Tried.Crashed("it aborted"),
                                new Tried.Crashed("it aborted"),
                                new Tried.Survived()));

        Vetting.settle(search, () -> false, _ -> outcomes.remove());

        assertTrue(search.quarantined().isEmpty());
        assertEquals(Set.of(first.hash(), second.hash()), search.untried());
    }

    @Test
    void aSearchThatIsOverGoesOnLaterWhereItHasEnded() {
        List<Candidate> changes =
                List.of(sound("02", "a"), sound("03", "b"), sound("04", "c"), sound("05", "d"));
        Candidate bad = changes.get(3);
        var first = new Bisection(changes, Set.of(), 64);
        var trials = new ArrayList<Integer>();
        // All, half of them, and one more.
        Vetting.settle(first, () -> trials.size() == 3, tried -> outcome(tried, bad, trials));
        assertTrue(first.isDone());
        assertEquals(Set.of(bad.hash()), first.untried());
        assertTrue(first.quarantined().isEmpty());
        assertEquals(3, first.sound().count());

        trials.clear();
        var second = new Bisection(changes, Set.of(), 64, first.sound());
        Vetting.settle(second, () -> false, tried -> outcome(tried, bad, trials));
        assertEquals(Set.of(bad.hash()), second.quarantined().keySet());
        assertEquals(Set.of(), second.untried());
        // It never tries less again than what it knows.
        assertTrue(trials.stream().allMatch(size -> size >= 3), trials::toString);
    }

    @Test
    void whatIsKnownOfOtherChangesCountsForNothing() {
        Sound known = Sound.of(List.of(sound("02", "a"), sound("03", "b")));
        var others = List.of(sound("03", "b"), sound("02", "a"));

        assertEquals(0, new Bisection(others, Set.of(), 64, known).sound().count());
        assertEquals(2, new Bisection(others.reversed(), Set.of(), 64, known).sound().count());
        assertEquals(0, new Bisection(others.subList(0, 1), Set.of(), 64, known).sound().count());
    }

    private static Tried outcome(List<Candidate> tried, Candidate bad, List<Integer> trials) {
        trials.add(tried.size());
        return tried.contains(bad) ? new Tried.Crashed("it hangs") : new Tried.Survived();
    }

    @Test
    void aDocumentThatFailedLatelyIsTriedAsideBeforeItComesToOthers() {
        Candidate sound = sound("02", "a");
        var poison = PoisonedChange.by(Bytes.parseHex("01"));
        var begun = new AtomicInteger();
        var search =
                new Search() {
                    @Override
                    public void begin() {
                        begun.incrementAndGet();
                    }

                    @Override
                    public boolean isOver() {
                        return false;
                    }
                };
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH);
                CrdtEngine other = process.open(Bytes.parseHex("08"))) {
            var vetted =
                    Vetting.open(
                            process,
                            ACTOR,
                            List.of(
                                    sound,
                                    new Candidate(poison.hash(), poison.deps(), poison.bytes())),
                            Set.of(),
                            new Terms(Blame.HANGS_TOO, 1 << 20, true, search),
                            _ -> {});

            assertEquals(Set.of(poison.hash()), vetted.found().quarantined().keySet());
            assertEquals(1, begun.get());
            // Its process has not died of any of it.
            assertEquals(List.of(), other.heads());
        }
    }

    @Test
    void whatTakesAChildsOwnMemoryIsBlamedOnTheDocument() {
        try (var process =
                new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH, 64)) {
            RemoteEngine engine = process.open(ACTOR, false);
            Bytes large = Bytes.copyOf(new byte[60 << 20]);

            EngineLost lost = assertThrows(EngineLost.class, () -> engine.taken(large));

            assertEquals(EngineLost.Why.TOO_LARGE, lost.why());
        }
    }

    @Test
    void aDocumentThatIsTooLargeForOneAnswerIsSound() {
        byte[] noise = new byte[Frames.BODY_BYTES_MAX / 9];
        var large = new ArrayList<Candidate>();
        for (int i = 0; i < 10; i++) {
            large.add(sound("1" + i, "large" + i, new Value.Binary(Bytes.copyOf(noise))));
        }
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH)) {
            var vetted =
                    Vetting.open(
                            process, ACTOR, large, Set.of(), Terms.whole(Blame.CRASHES), _ -> {});

            assertTrue(vetted.found().quarantined().isEmpty());
            assertThrows(IllegalStateException.class, () -> vetted.engine().read(Path.ROOT));
            assertTrue(vetted.engine().read(Path.of("large1")).isPresent());
        }
    }

    @Test
    void theVersionOfTheEngineIsTheOneInUse() {
        String jar =
                org.automerge.Document.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath();
        String number = AutomergeEngine.VERSION.substring("automerge-java ".length());
        assertTrue(jar.endsWith("automerge-" + number + ".jar"), jar);
    }

    private static Candidate sound(String actor, String key) {
        return sound(actor, key, new Value.Int(1));
    }

    private static Candidate sound(String actor, String key, Value value) {
        try (AutomergeEngine engine = AutomergeEngine.open(Bytes.parseHex(actor))) {
            var committed =
                    assertInstanceOf(
                            Edited.Committed.class,
                            engine.edit(edit -> edit.set(Path.of(key), value)));
            return new Candidate(committed.hashes().getFirst(), List.of(), committed.changes());
        }
    }
}
