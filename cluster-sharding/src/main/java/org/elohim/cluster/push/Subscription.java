package org.elohim.cluster.push;

import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One document that a client is told of, and how far it has been told.
///
/// Invariants: each change is told once and in the order of the journal, from the place on that the
/// client has named, or from the beginning where that place is not in the journal.
final class Subscription {
    // Of the document's journal, all up to there was read.
    private long read;
    private Optional<Place> claimed;
    private boolean available;
    private boolean told;

    private final boolean viewed;

    /// @param from where the client has come to, as it says
    /// @param viewed whether it wants to be shown what the document says
    Subscription(Optional<Place> from, boolean viewed) {
        this.viewed = viewed;
        this.claimed = from;
        // The event of that place is read once more, to see whether it is the same.
        this.read = from.map(place -> place.sequence() - 1).orElse(0L);
    }

    /// One entry of the document's journal.
    ///
    /// @param changes none where it is of another kind
    record Entry(long sequence, List<Bytes> changes) {
        Entry {
            changes = List.copyOf(changes);
        }
    }

    /// What the client is to hear of.
    record News(Place place, List<Bytes> changes) {}

    /// @param again whether there may be more to be read
    record Taken(List<News> news, boolean again) {}

    boolean isViewed() {
        return viewed;
    }

    /// From where on the journal is to be read.
    long next() {
        return read + 1;
    }

    /// What was read, in order and from `next` on.
    ///
    /// @param end whether the journal has nothing behind it for now
    Taken take(List<Entry> entries, boolean end) {
        if (claimed.isPresent() && !confirms(entries, claimed.get())) {
            claimed = Optional.empty();
            read = 0;
            return new Taken(List.of(), true);
        }
        var news = new ArrayList<News>();
        for (Entry entry : entries) {
            read = entry.sequence();
            if (!entry.changes().isEmpty()) {
                Place place = Place.of(entry.sequence(), entry.changes());
                if (claimed.isEmpty()) {
                    news.add(new News(place, entry.changes()));
                }
            }
            claimed = Optional.empty();
        }
        return new Taken(news, !end);
    }

    /// What was taken is not told after all, but when it may be again.
    void putBack(Taken taken) {
        read = taken.news().getFirst().place().sequence() - 1;
    }

    // Nothing there is another journal as well.
    private static boolean confirms(List<Entry> entries, Place place) {
        return !entries.isEmpty()
                && !entries.getFirst().changes().isEmpty()
                && Place.of(entries.getFirst().sequence(), entries.getFirst().changes())
                        .equals(place);
    }

    /// Says whether that is news to the client.
    boolean becomes(boolean nowAvailable) {
        boolean news = !told || available != nowAvailable;
        told = true;
        available = nowAvailable;
        return news;
    }
}
