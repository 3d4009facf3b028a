package org.elohim.cluster.push;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.push.Subscription.Entry;
import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class SubscriptionTest {
    private static final List<Entry> JOURNAL =
            List.of(entry(1, 1), entry(2), entry(3, 2, 3), entry(4, 4), entry(5));

    private static Entry entry(long sequence, int... changes) {
        var bytes = new ArrayList<Bytes>();
        for (int change : changes) {
            bytes.add(Bytes.copyOf(new byte[] {(byte) change}));
        }
        return new Entry(sequence, bytes);
    }

    /// Reads to the end, in pages of any size.
    private static List<Place> told(Subscription subscription, List<Entry> journal, Random random) {
        var told = new ArrayList<Place>();
        for (boolean again = true; again; ) {
            long next = subscription.next();
            List<Entry> rest = journal.stream().filter(entry -> entry.sequence() >= next).toList();
            int size = Math.min(rest.size(), 1 + random.nextInt(3));
            var taken = subscription.take(rest.subList(0, size), size == rest.size());
            taken.news().forEach(news -> told.add(news.place()));
            again = taken.again();
        }
        return told;
    }

    private static List<Place> told(Optional<Place> from, List<Entry> journal, int seed) {
        return told(new Subscription(from, false), journal, new Random(seed));
    }

    @Test
    void fromEachPlaceOnAllThatFollowsIsToldOnceHoweverThePagesFall() {
        for (int seed = 0; seed < 200; seed++) {
            List<Place> all = told(Optional.empty(), JOURNAL, seed);
            assertEquals(List.of(1L, 3L, 4L), all.stream().map(Place::sequence).toList());
            for (int i = 0; i < all.size(); i++) {
                assertEquals(
                        all.subList(i + 1, all.size()),
                        told(Optional.of(all.get(i)), JOURNAL, seed));
            }
        }
    }

    @Test
    void aPlaceThatIsNotInTheJournalMeansFromTheBeginning() {
        List<Place> all = told(Optional.empty(), JOURNAL, 1);
        for (String foreign :
                List.of(
                        "1-000000000000",
                        "2-000000000000",
                        "99-000000000000",
                        "3-" + all.getFirst().mark())) {
            assertEquals(all, told(Optional.of(Place.parse(foreign)), JOURNAL, 1), foreign);
        }
        assertEquals(List.of(), told(Optional.of(all.getLast()), List.of(), 1));
    }

    @Test
    void whatComesLaterIsToldAfterTheEnd() {
        var random = new Random(1);
        var subscription = new Subscription(Optional.empty(), false);
        told(subscription, JOURNAL.subList(0, 3), random);
        assertEquals(
                List.of(4L),
                told(subscription, JOURNAL, random).stream().map(Place::sequence).toList());
    }

    @Test
    void whatWasPutBackIsTakenOnceMore() {
        var subscription = new Subscription(Optional.empty(), true);
        Subscription.Taken taken = subscription.take(JOURNAL, true);

        subscription.putBack(taken);

        assertEquals(
                taken.news(),
                subscription
                        .take(
                                JOURNAL.stream()
                                        .filter(entry -> entry.sequence() >= subscription.next())
                                        .toList(),
                                true)
                        .news());
        assertTrue(subscription.isViewed());
    }

    @Test
    void howItStandsIsToldWhenThatChanges() {
        var subscription = new Subscription(Optional.empty(), false);
        assertTrue(subscription.becomes(false));
        assertFalse(subscription.becomes(false));
        assertTrue(subscription.becomes(true));
        assertFalse(subscription.becomes(true));
    }

    @Test
    void aPlaceIsWrittenAsItIsRead() {
        Place place = Place.of(7, List.of(Bytes.copyOf(new byte[] {1})));
        assertEquals(place, Place.parse(place.toString()));
        for (String none : List.of("", "7", "7-", "-1-000000000000", "7-00000000000G")) {
            assertThrows(IllegalArgumentException.class, () -> Place.parse(none), none);
        }
    }
}
