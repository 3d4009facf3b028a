package org.elohim.protocol.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

class LedgerProperties {
    private static final NodeId SELF = Entries.id(1);

    @Property
    void orderAndRepetitionDoNotMatter(@ForAll long seed) {
        var random = new Random(seed);
        List<LedgerChange> changes = Entries.changes(random);
        var again = new ArrayList<>(changes);
        again.addAll(changes.subList(0, changes.size() / 2));
        Collections.shuffle(again, random);

        assertEquals(ledger(changes).state(), ledger(again).state());
    }

    /// However the changes are split over the nodes before they meet.
    @Property
    void whatNodesHaveApartComesTogether(@ForAll long seed) {
        var random = new Random(seed);
        List<LedgerChange> changes = Entries.changes(random);
        Ledger here = new Ledger(SELF);
        Ledger there = new Ledger(SELF);
        var theirs = new ArrayList<LedgerChange>();
        var ours = new ArrayList<LedgerChange>();
        for (LedgerChange change : changes) {
            if (random.nextBoolean()) {
                here.add(change);
                ours.add(change);
            } else {
                there.add(change);
                theirs.add(change);
            }
        }
        Collections.shuffle(theirs, random);
        theirs.forEach(here::add);
        ours.forEach(there::add);

        assertEquals(ledger(changes).state(), here.state());
        assertEquals(here.state(), there.state());
    }

    @Property
    void whatOnceIsRevokedIsNeverInForceAgain(@ForAll long seed) {
        List<LedgerChange> changes = Entries.changes(new Random(seed));
        Ledger ledger = new Ledger(SELF);
        for (LedgerChange change : changes) {
            var revoked = List.copyOf(ledger.allRevoked().keySet());
            ledger.add(change);
            for (var token : revoked) {
                assertTrue(ledger.isRevoked(token));
                assertTrue(ledger.issued(token).isEmpty());
            }
        }
    }

    @Property
    void whoIsGoneIsBackOnceItIsMetAndGoneOnceMoreWhenToldSo(@ForAll long seed) {
        Ledger ledger = ledger(Entries.changes(new Random(seed)));
        NodeId node = Entries.id(3);
        // Nobody's word comes later because its author did not count before.
        for (int each = 2; each <= 5; each++) {
            ledger.add(Entries.change(SELF, 90 + each, new LedgerEntry.NodeMet(Entries.id(each))));
        }
        for (long seq = 100; seq < 103; seq++) {
            ledger.add(Entries.change(SELF, seq, ledger.going(node)));
            assertTrue(ledger.isGone(node));
            ledger.add(Entries.change(SELF, 10 * seq, ledger.meeting(node).orElseThrow()));
            assertFalse(ledger.isGone(node));
            assertTrue(ledger.meeting(node).isEmpty());
        }
    }

    @Property
    void theRegistrationOfTheHighestTermStands(@ForAll long seed) {
        List<LedgerChange> changes = Entries.changes(new Random(seed));
        Ledger ledger = ledger(changes);
        for (Ledger.Device device : ledger.devices()) {
            var highest =
                    changes.stream()
                            .filter(change -> ledger.counts(change.author()))
                            .flatMap(
                                    change ->
                                            said(change).stream()
                                                    .filter(
                                                            each ->
                                                                    each.term()
                                                                            .leader()
                                                                            .equals(
                                                                                    change
                                                                                            .author())))
                            .filter(each -> each.device().equals(device.id()))
                            .map(LedgerEntry.DeviceRegistered::term)
                            .max(Comparable::compareTo);
            assertEquals(highest, device.registration().map(Ledger.Registration::term));
        }
    }

    @Property
    void whoWasMetByNobodyThatCountsChangesNothing(@ForAll long seed) {
        List<LedgerChange> changes = Entries.changes(new Random(seed));
        NodeId stranger = Entries.id(9);
        Ledger ledger = ledger(changes);
        var before = ledger.state();

        ledger.add(
                Entries.change(
                        stranger,
                        1,
                        Entries.issued(9),
                        Entries.revoked(1),
                        new LedgerEntry.NodeMet(stranger),
                        new LedgerEntry.NodeGone(Entries.id(2), 9),
                        Entries.registered(21, 9, stranger)));

        assertFalse(ledger.counts(stranger));
        assertEquals(
                new Ledger.State(
                        before.nodes(),
                        before.issued(),
                        before.revoked(),
                        before.devices(),
                        before.gone(),
                        before.ignored() + 1),
                ledger.state());
    }

    private static List<LedgerEntry.DeviceRegistered> said(LedgerChange change) {
        return ((LedgerChange.Said.Entries) change.said())
                .entries().stream()
                        .filter(LedgerEntry.DeviceRegistered.class::isInstance)
                        .map(LedgerEntry.DeviceRegistered.class::cast)
                        .toList();
    }

    private static Ledger ledger(List<LedgerChange> changes) {
        var ledger = new Ledger(SELF);
        changes.forEach(ledger::add);
        return ledger;
    }
}
