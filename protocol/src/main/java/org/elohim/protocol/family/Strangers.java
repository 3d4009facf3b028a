package org.elohim.protocol.family;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who came to the family's door and was not let in, and from where it is not worth answering for a
/// while.
///
/// Invariants: of an address that failed too often nobody is listened to for a while but who names
/// the family, and of those one in a span: so a sibling behind the address of somebody who does not
/// stop still comes in, and costs no more than before. No more is kept and no more is said of
/// strangers than a person reads.
public final class Strangers {
    static final int FAILURES_MAX = 10;
    static final long SPAN_MILLIS = 60_000;
    static final long NAMED_EVERY_MILLIS = 1_000;
    static final int ADDRESSES_MAX = 1_024;
    // At the same time, before they have proved anything.
    static final int PENDING_OF_ONE_MAX = 8;
    static final int PENDING_MAX = 128;
    private static final int LINES_MAX = 20;
    private static final int SHOWN_MAX = 50;

    /// What was wrong with somebody.
    public enum Why {
        OTHER_KEY("tried to join with another family key"),
        NO_CERTIFICATE("tried to connect without a family key"),
        NOT_TLS("sent what a node of a family does not send"),
        SILENT("connected and did not prove anything");

        private final String words;

        Why(String words) {
            this.words = words;
        }
    }

    /// How somebody who has just connected is to be treated.
    public enum Entry {
        COME,
        /// Only if its first words name the family, and [#mayProve] says so.
        IF_IT_NAMES_US,
        /// Not at all.
        AWAY
    }

    /// What is known of those at one address.
    ///
    /// @param times how often, since the address was seen first
    /// @param lastMillis by the clock on the wall
    public record Seen(String address, Why why, long times, long lastMillis) {
        public String words() {
            return "somebody at %s %s, %s"
                    .formatted(address, why.words, times == 1 ? "once" : times + " times");
        }
    }

    private static final class Stranger {
        private Why why = Why.SILENT;
        private long times;
        private long lastMillis;
        private int pending;
        private int failures;
        private long failuresSinceMillis;
        private long shutUntilMillis;
        private long nextNamedMillis;
        private long nextLineMillis;
    }

    // The last one to be seen is the last in the map.
    private final Map<String, Stranger> strangers = new LinkedHashMap<>();
    private int pending;
    private int lines;
    private long linesSinceMillis;

    /// Somebody has connected. Unless it is sent away, [#ended] follows.
    public Entry arrives(String address, long nowMillis) {
        Stranger stranger = of(address);
        if (stranger.pending >= PENDING_OF_ONE_MAX || pending >= PENDING_MAX) {
            return Entry.AWAY;
        }
        stranger.pending++;
        pending++;
        return nowMillis < stranger.shutUntilMillis ? Entry.IF_IT_NAMES_US : Entry.COME;
    }

    /// Whether somebody that has to name the family, and does, may go on.
    public boolean mayProve(String address, long nowMillis) {
        Stranger stranger = of(address);
        if (nowMillis < stranger.nextNamedMillis) {
            return false;
        }
        stranger.nextNamedMillis = nowMillis + NAMED_EVERY_MILLIS;
        return true;
    }

    /// It has proved to be family. Whoever asks who is here calls next, and must not wait for that
    /// as if it were another stranger.
    public void proved(String address) {
        Stranger stranger = strangers.get(address);
        if (stranger != null) {
            stranger.nextNamedMillis = 0;
        }
        ended(address);
    }

    /// It has failed or gone.
    public void ended(String address) {
        Stranger stranger = strangers.get(address);
        if (stranger != null && stranger.pending > 0) {
            stranger.pending--;
            pending--;
        }
    }

    /// It was not let in. Says what is to be told a person, now and then.
    ///
    /// @param wallMillis the clock on the wall
    public Optional<String> failed(String address, Why why, long nowMillis, long wallMillis) {
        Stranger stranger = of(address);
        stranger.why = why;
        stranger.times++;
        stranger.lastMillis = wallMillis;
        if (nowMillis - stranger.failuresSinceMillis >= SPAN_MILLIS) {
            stranger.failures = 0;
            stranger.failuresSinceMillis = nowMillis;
        }
        if (++stranger.failures >= FAILURES_MAX) {
            stranger.shutUntilMillis = nowMillis + SPAN_MILLIS;
        }
        return line(address, stranger, nowMillis);
    }

    private Optional<String> line(String address, Stranger stranger, long nowMillis) {
        if (nowMillis - linesSinceMillis >= SPAN_MILLIS) {
            lines = 0;
            linesSinceMillis = nowMillis;
        }
        if (nowMillis < stranger.nextLineMillis || lines == LINES_MAX) {
            return Optional.empty();
        }
        lines++;
        stranger.nextLineMillis = nowMillis + SPAN_MILLIS;
        return Optional.of(seen(address, stranger).words());
    }

    private Stranger of(String address) {
        Stranger known = strangers.remove(address);
        Stranger stranger = known == null ? new Stranger() : known;
        strangers.put(address, stranger);
        if (strangers.size() > ADDRESSES_MAX) {
            strangers.entrySet().stream()
                    .filter(each -> each.getValue().pending == 0)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .ifPresent(strangers::remove);
        }
        return stranger;
    }

    private static Seen seen(String address, Stranger stranger) {
        return new Seen(address, stranger.why, stranger.times, stranger.lastMillis);
    }

    /// The last ones that were not let in, the last one first.
    public List<Seen> all() {
        var all = new ArrayList<Seen>();
        strangers.forEach(
                (address, each) -> {
                    if (each.times > 0) {
                        all.add(seen(address, each));
                    }
                });
        all.sort(Comparator.comparingLong(Seen::lastMillis).reversed());
        return List.copyOf(all.subList(0, Math.min(SHOWN_MAX, all.size())));
    }

    void checkInvariants() {
        int sum = strangers.values().stream().mapToInt(each -> each.pending).sum();
        if (sum != pending || pending > PENDING_MAX || strangers.size() > ADDRESSES_MAX) {
            throw new IllegalStateException(
                    "pending=%d sum=%d addresses=%d".formatted(pending, sum, strangers.size()));
        }
    }
}
