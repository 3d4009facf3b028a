package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import akka.Done;

import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Actor systems of several nodes in one process, on lines that the family's key guards.
class FamilyTest {
    private static final String OURS = "a family key of ours";
    private static final String THEIRS = "a family key of theirs";
    // Long enough for a machine that builds something else meanwhile.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<NodeKey> keys =
            Stream.generate(NodeKey::generate)
                    .limit(3)
                    .sorted(Comparator.comparing(NodeKey::id))
                    .toList();
    private final List<FamilyMember> open = new ArrayList<>();
    private final List<AtomicReference<Optional<Term>>> disks =
            Stream.generate(() -> new AtomicReference<>(Optional.<Term>empty())).limit(3).toList();

    @AfterEach
    void closeAll() {
        open.forEach(FamilyMember::close);
    }

    @Test
    void endsThoughTheOtherEndOfALineSaysNothing() throws Exception {
        try (var dumb = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            FamilyMember member = member(0, OURS, Part.FULL);
            member.call(dumb.getLocalPort());
            try (var line = dumb.accept()) {
                assertTrue(line.getInputStream().read() >= 0, "it wants to speak");
                member.end().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void theLowestLeadsAndTheNextLeadsWithAHigherTermOnceItIsGone() {
        FamilyMember first = member(0, OURS, Part.FULL);
        first.begin();
        await("the first to lead", () -> first.acting.get().isPresent());
        FamilyMember second = joined(1, first);
        FamilyMember third = joined(2, first);
        await("all to be one", () -> areOne(first, second, third));
        await("the first to lead them", () -> leads(first, second, third));
        Term before = first.acting.get().orElseThrow();
        await(
                "all to know the term",
                () -> third.standing().highest().equals(first.standing().highest()));

        first.kill();

        await("the next to lead", () -> second.acting.get().isPresent());
        assertTrue(second.acting.get().orElseThrow().compareTo(before) > 0);
        assertEquals(Optional.empty(), third.acting.get());
        await(
                "the first to be lost",
                () ->
                        third.standing().members().stream()
                                .anyMatch(each -> each.reach() == Standing.Reach.LOST));

        // It comes back while it still counts as a member, at another address.
        FamilyMember again = joined(0, third);
        await("all to be one again", () -> areOne(again, second, third));
        await("the first to lead again", () -> leads(again, second, third));
        assertTrue(again.acting.get().orElseThrow().compareTo(before) > 0);
    }

    @Test
    void twoThatBeganApartAreOneAfterTheHigherHasComeBackAsANewMember() {
        FamilyMember low = member(0, OURS, Part.FULL);
        FamilyMember high = member(1, OURS, Part.FULL);
        low.begin();
        high.begin();
        await("both to lead", () -> low.acting.get().isPresent() && high.acting.get().isPresent());
        assertNotEquals(
                low.standing().account().incarnation(), high.standing().account().incarnation());
        Term before = high.acting.get().orElseThrow();

        await(
                "the higher to give way",
                () -> {
                    low.meet(high);
                    high.meet(low);
                    return !high.renewals.isEmpty();
                });
        await("the higher to lead no more", () -> high.acting.get().isEmpty());
        assertTrue(low.renewals.isEmpty());
        high.close();
        open.remove(high);
        FamilyMember renewed = joined(1, low);

        await("both to be one", () -> areOne(low, renewed));
        await("the lower to lead", () -> leads(low, renewed));
        assertTrue(low.acting.get().orElseThrow().compareTo(before) > 0);
    }

    @Test
    void whoIsToGiveWayHearsOfTheOthersFromWhoeverMeetsThem() {
        FamilyMember low = member(0, OURS, Part.FULL);
        FamilyMember middle = member(1, OURS, Part.FULL);
        low.begin();
        middle.begin();
        await("both to lead", () -> leads(low) && leads(middle));
        FamilyMember high = joined(2, middle);
        await("two of them to be one", () -> areOne(middle, high));

        await(
                "the middle one to hear where the lowest is",
                () -> {
                    high.meet(low);
                    return middle.doors.contains(low.door);
                });
        assertTrue(high.renewals.isEmpty(), "it is not its turn");
        await(
                "the middle one to give way",
                () -> {
                    middle.meet(low);
                    return !middle.renewals.isEmpty();
                });
        assertTrue(low.renewals.isEmpty());
    }

    @Test
    void aDeadBladeIsRemovedAtOnceAndForgottenByAllAndALivingOneIsNot() throws Exception {
        FamilyMember first = member(0, OURS, Part.FULL);
        first.begin();
        await("the first to lead", () -> first.acting.get().isPresent());
        FamilyMember second = joined(1, first);
        FamilyMember third = joined(2, first);
        await("all to be one", () -> areOne(first, second, third));
        BlockingQueue<NodeId> forgotten = new LinkedBlockingQueue<>();
        second.family.tell(new Family.Command.OnRemoved(forgotten::add));

        assertEquals(Removal.ALIVE, first.remove(third.key.id()));
        assertEquals(Removal.ITSELF, first.remove(first.key.id()));
        third.kill();
        await("the third to be lost", () -> first.remove(third.key.id()) == Removal.DONE);

        assertEquals(third.key.id(), forgotten.poll(20, TimeUnit.SECONDS));
        await("two to be left", () -> areOne(first, second));
        assertEquals(Removal.DONE, first.remove(third.key.id()), "once more");
        var full = new IllegalStateException("no room");
        first.family.tell(
                new Family.Command.WriteDownIn(_ -> CompletableFuture.failedFuture(full)));
        assertEquals(Removal.NOT_WRITTEN, first.remove(third.key.id()));
        BlockingQueue<NodeId> asked = new LinkedBlockingQueue<>();
        var written = new CompletableFuture<Done>();
        first.family.tell(
                new Family.Command.WriteDownIn(
                        node -> {
                            asked.add(node);
                            return written;
                        }));
        var removal = CompletableFuture.supplyAsync(() -> first.remove(third.key.id()));
        assertEquals(third.key.id(), asked.poll(20, TimeUnit.SECONDS));
        assertFalse(removal.isDone(), "before it is written");
        written.complete(Done.done());
        assertEquals(Removal.DONE, removal.get(20, TimeUnit.SECONDS));
    }

    @Test
    void whoTakesItsLeaveHearsThatItIsForgottenOnlyOnceThatIsWrittenDown() throws Exception {
        FamilyMember first = member(0, OURS, Part.FULL);
        first.begin();
        await("the first to lead", () -> first.acting.get().isPresent());
        FamilyMember second = joined(1, first);
        await("both to be one", () -> areOne(first, second));
        BlockingQueue<NodeId> gone = new LinkedBlockingQueue<>();
        BlockingQueue<NodeId> forgottenBy = new LinkedBlockingQueue<>();
        var written = new CompletableFuture<Done>();
        first.family.tell(
                new Family.Command.WriteDownIn(
                        node -> {
                            gone.add(node);
                            return written;
                        }));

        second.family.tell(new Family.Command.TakeLeave(forgottenBy::add));
        assertEquals(second.key.id(), gone.poll(20, TimeUnit.SECONDS));
        assertEquals(2, second.standing().members().size(), "it is a member meanwhile");
        assertTrue(forgottenBy.isEmpty());
        written.complete(Done.done());
        assertEquals(first.key.id(), forgottenBy.poll(20, TimeUnit.SECONDS));

        first.family.tell(new Family.Command.Forget(second.key.id().toString()));
        assertEquals(2, first.standing().members().size(), "as long as it is there");
        second.kill();
        await("it to be no member, though it could not say so", () -> areOne(first));
    }

    @Test
    void whoSeemedToBeGoneAndIsBackIsWaitedForLikeAnybody() {
        FamilyMember first = member(0, OURS, Part.FULL);
        first.begin();
        await("the first to lead", () -> first.acting.get().isPresent());
        FamilyMember second = joined(1, first);
        FamilyMember third = joined(2, first);
        await("all to be one", () -> areOne(first, second, third));
        for (FamilyMember each : List.of(second, third)) {
            first.family.tell(new Family.Command.Forget(each.key.id().toString()));
        }
        first.family.tell(new Family.Command.Back(second.key.id()));

        second.kill();
        await("the second to be lost", () -> isLost(second, first));
        third.kill();
        await("the third to be no member", () -> first.standing().members().size() == 2);
        assertTrue(isLost(second, first), "a member all that time");
    }

    private static boolean isLost(FamilyMember member, FamilyMember to) {
        return to.standing().members().stream()
                .anyMatch(
                        each ->
                                each.node().equals(member.key.id())
                                        && each.reach() == Standing.Reach.LOST);
    }

    @Test
    void anObserverNeverLeads() {
        FamilyMember observer = member(0, OURS, Part.OBSERVER);
        observer.begin();
        await("it to be a member", () -> observer.standing().account().isMember());
        assertEquals(Optional.empty(), observer.standing().account().leader());
        FamilyMember full = joined(1, observer);
        await("both to be one", () -> areOne(observer, full));
        await("the other to lead", () -> leads(full, observer));
        assertEquals(Optional.empty(), observer.acting.get());
    }

    @Test
    void whoHasAnotherKeyNeverJoins() {
        FamilyMember ours = member(0, OURS, Part.FULL);
        ours.begin();
        await("it to lead", () -> ours.acting.get().isPresent());
        FamilyMember stranger = member(1, THEIRS, Part.FULL);
        FamilyMember friend = member(2, OURS, Part.FULL);
        stranger.meet(ours);
        stranger.begin();
        friend.meet(ours);
        friend.begin();
        await("the friend to join", () -> areOne(ours, friend));
        // The stranger has had as long as the friend, and longer.
        assertEquals(List.of(), stranger.standing().members());
        assertEquals(2, ours.standing().members().size());
    }

    private FamilyMember joined(int number, FamilyMember other) {
        FamilyMember member = member(number, OURS, Part.FULL);
        member.meet(other);
        member.begin();
        return member;
    }

    private FamilyMember member(int number, String familyKey, Part part) {
        var member =
                new FamilyMember(
                        keys.get(number), 4000 + number, familyKey, part, disks.get(number));
        open.add(member);
        return member;
    }

    private static boolean areOne(FamilyMember... members) {
        return Stream.of(members)
                .map(FamilyMember::standing)
                .allMatch(
                        standing ->
                                standing.members().size() == members.length
                                        && standing.members().stream()
                                                .allMatch(FamilyTest::isWell));
    }

    private static boolean isWell(Standing.Member member) {
        return member.reach() == Standing.Reach.REACHABLE && member.status().equals("up");
    }

    /// In a term that all have heard of.
    private static boolean leads(FamilyMember leader, FamilyMember... others) {
        Optional<Term> term = leader.acting.get();
        return term.isPresent()
                && Stream.of(others)
                        .allMatch(
                                other ->
                                        other.acting.get().isEmpty()
                                                && other.standing().highest().equals(term));
    }

    private static void await(String what, BooleanSupplier happened) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited in vain for " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                fail("interrupted while waiting for " + what);
            }
        }
    }
}
