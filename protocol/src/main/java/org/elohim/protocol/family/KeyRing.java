package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// The keys by which a family's nodes know each other, while one takes the place of another.
///
/// Invariants: the newest key has no end, all others have one; a key that was given up never comes
/// back; what two nodes hold after each has told the other has the same newest key, whoever began
/// and whatever was begun on two sides of a cut.
///
/// Two nodes can speak as long as they have one key in common. So whoever learns of a newer key
/// keeps those it had for the time that the newer one came with, measured by its own clock: the
/// older ones are what it shares with those that were not told yet. Clocks that differ cost nothing
/// among those that were told, since they share the newest.
///
/// @param family names the family for good, whatever becomes of its keys
/// @param keys the newest first
/// @param past tags of keys that were given up, the last ones
public record KeyRing(Bytes family, List<Held> keys, List<String> past) {
    /// More than one rotation on each side of a few cuts at once.
    public static final int KEYS_MAX = 8;

    public static final int PAST_MAX = 32;

    /// A newer key that comes with no time at all lets nobody follow later: the others are gone.
    public static final long AT_ONCE = 0;

    /// A month: whoever is away longer than that is given a new code.
    public static final long OVERLAP_MILLIS_MAX = 31L * 24 * 3_600_000;

    /// Beyond it somebody would have rotated every second for years, or lies.
    static final long GENERATION_MAX = 1L << 40;

    private static final long NEVER = Long.MAX_VALUE;

    private static final Comparator<Held> NEWEST_FIRST =
            Comparator.comparingLong(Held::generation)
                    .thenComparing(held -> held.key().tag())
                    .reversed();

    /// One key that is trusted.
    ///
    /// @param generation how many came before it
    /// @param overlapMillis for how long those before it go on beside it
    /// @param endsMillis when it is given up, as this node's clock says
    public record Held(FamilyKey key, long generation, long overlapMillis, long endsMillis) {
        public Held {
            checkGeneration(generation);
            checkOverlap(overlapMillis);
        }

        private Held ending(long atMillis) {
            return new Held(key, generation, overlapMillis, atMillis);
        }

        public OptionalLong ends() {
            return endsMillis == NEVER ? OptionalLong.empty() : OptionalLong.of(endsMillis);
        }
    }

    /// What one node tells another of a key: no moment, since their clocks differ.
    ///
    /// @param remainingMillis until the teller gives it up; for its newest, the overlap
    public record Told(FamilyKey key, long generation, long overlapMillis, long remainingMillis) {
        public Told {
            checkGeneration(generation);
            checkOverlap(overlapMillis);
            checkOverlap(remainingMillis);
        }
    }

    public KeyRing {
        keys = keys.stream().sorted(NEWEST_FIRST).toList();
        past = List.copyOf(past.subList(Math.max(0, past.size() - PAST_MAX), past.size()));
        if (keys.isEmpty() || keys.size() > KEYS_MAX) {
            throw new IllegalArgumentException("keys=" + keys.size());
        }
        if (family.size() != FamilyKey.FAMILY_BYTES) {
            throw new IllegalArgumentException("family bytes=" + family.size());
        }
        if (keys.stream().map(Held::key).map(FamilyKey::tag).distinct().count() != keys.size()) {
            throw new IllegalArgumentException("the same key twice");
        }
        if (keys.getFirst().endsMillis() != NEVER
                || keys.stream().skip(1).anyMatch(each -> each.endsMillis() == NEVER)) {
            throw new IllegalArgumentException("not the newest key alone has no end");
        }
    }

    private static void checkGeneration(long generation) {
        if (generation < 0 || generation > GENERATION_MAX) {
            throw new IllegalArgumentException("generation=" + generation);
        }
    }

    private static void checkOverlap(long millis) {
        if (millis < 0 || millis > OVERLAP_MILLIS_MAX) {
            throw new IllegalArgumentException("overlap=" + millis + " ms");
        }
    }

    /// Of a family that begins with this key.
    public static KeyRing of(FamilyKey key) {
        return joining(key, key.family(), 0);
    }

    /// Of a node that was given a key which others have already.
    public static KeyRing joining(FamilyKey key, Bytes family, long generation) {
        return new KeyRing(family, List.of(new Held(key, generation, AT_ONCE, NEVER)), List.of());
    }

    /// Brings a key to the place it has among the others, as it was written down.
    public static Held held(
            FamilyKey key, long generation, long overlapMillis, OptionalLong endsMillis) {
        return new Held(key, generation, overlapMillis, endsMillis.orElse(NEVER));
    }

    public Held newest() {
        return keys.getFirst();
    }

    /// What to show somebody who does not say what it knows: the key that most have.
    public Held oldest() {
        return keys.getLast();
    }

    /// Whether one key is taking the place of another.
    public boolean isRotating() {
        return keys.size() > 1;
    }

    public boolean wasGivenUp(FamilyKey key) {
        return past.contains(key.tag());
    }

    /// When the next key is given up.
    public OptionalLong nextEnd() {
        return keys.stream().skip(1).mapToLong(Held::endsMillis).min();
    }

    /// Begins with a new key.
    ///
    /// @param keptMillis for how long this node itself keeps the others, at least for long enough
    ///   to tell those who are to have the new one
    public KeyRing rotated(FamilyKey next, long overlapMillis, long keptMillis, long nowMillis) {
        var held = new Held(next, newest().generation() + 1, overlapMillis, NEVER);
        return ranked(
                Stream.concat(Stream.of(held), keys.stream()).toList(),
                each -> Math.min(each.endsMillis(), plus(nowMillis, keptMillis)));
    }

    /// What another node is to know. Nothing of keys that end with the newest at once.
    public List<Told> told(long nowMillis) {
        Held newest = newest();
        return keys.stream()
                .filter(each -> each.equals(newest) || newest.overlapMillis() > AT_ONCE)
                .map(
                        each ->
                                new Told(
                                        each.key(),
                                        each.generation(),
                                        each.overlapMillis(),
                                        Math.clamp(
                                                each.equals(newest)
                                                        ? each.overlapMillis()
                                                        : each.endsMillis() - nowMillis,
                                                0,
                                                OVERLAP_MILLIS_MAX)))
                .toList();
    }

    /// With what another node of the family has told.
    public KeyRing with(List<Told> all, long nowMillis) {
        Map<FamilyKey, Held> known = new HashMap<>();
        keys.forEach(each -> known.put(each.key(), each));
        Map<FamilyKey, Long> remaining = new HashMap<>();
        for (Told told : all) {
            if (wasGivenUp(told.key())) {
                continue;
            }
            remaining.put(told.key(), told.remainingMillis());
            // One key has one generation; who joined with the bare key does not know it.
            known.merge(
                    told.key(),
                    new Held(told.key(), told.generation(), told.overlapMillis(), NEVER),
                    (mine, theirs) ->
                            theirs.generation() > mine.generation()
                                    ? new Held(
                                            mine.key(),
                                            theirs.generation(),
                                            theirs.overlapMillis(),
                                            mine.endsMillis())
                                    : mine);
        }
        Held newest = known.values().stream().min(NEWEST_FIRST).orElseThrow();
        boolean isNews = !newest.key().equals(newest().key());
        List<Held> kept =
                known.values().stream()
                        .filter(each -> isMine(each) || isRival(each, newest))
                        .sorted(NEWEST_FIRST)
                        .limit(KEYS_MAX)
                        .toList();
        return ranked(
                        kept,
                        each -> {
                            // Whoever has ended it before would be locked out by who ends it first.
                            if (isMine(each) && !isNews) {
                                return each.endsMillis();
                            }
                            long told = remaining.getOrDefault(each.key(), newest.overlapMillis());
                            return Math.min(
                                    each.endsMillis(),
                                    plus(nowMillis, Math.min(told, newest.overlapMillis())));
                        })
                .at(nowMillis);
    }

    /// With what a node has told that may know better which family this is: who was given a bare
    /// key takes it for the family's first.
    public KeyRing toldBy(Bytes theirs, List<Told> all, long nowMillis) {
        KeyRing next = with(all, nowMillis);
        boolean isBare = newest().generation() == 0 && family.equals(newest().key().family());
        return isBare && next.newest().generation() > 0
                ? new KeyRing(theirs, next.keys(), next.past())
                : next;
    }

    private boolean isMine(Held held) {
        return keys.stream().anyMatch(each -> each.key().equals(held.key()));
    }

    // What is older than both newest ones was given up here before, or never known.
    private static boolean isRival(Held held, Held newest) {
        return held.generation() == newest.generation();
    }

    private interface End {
        long of(Held held);
    }

    private KeyRing ranked(List<Held> all, End endOfOlder) {
        Held newest = all.stream().min(NEWEST_FIRST).orElseThrow();
        var ranked = new ArrayList<Held>();
        for (Held each : all) {
            boolean isNewest = each.key().equals(newest.key());
            ranked.add(each.ending(isNewest ? NEVER : endOfOlder.of(each)));
        }
        ranked.sort(NEWEST_FIRST);
        List<Held> bounded = ranked.subList(0, Math.min(KEYS_MAX, ranked.size()));
        return new KeyRing(family, bounded, past);
    }

    /// Without what has ended by now.
    public KeyRing at(long nowMillis) {
        List<Held> ended =
                keys.stream().skip(1).filter(each -> each.endsMillis() <= nowMillis).toList();
        if (ended.isEmpty()) {
            return this;
        }
        return new KeyRing(
                family,
                keys.stream().filter(each -> !ended.contains(each)).toList(),
                Stream.concat(past.stream(), ended.stream().map(each -> each.key().tag()))
                        .toList());
    }

    private static long plus(long nowMillis, long spanMillis) {
        return Math.min(NEVER - 1, nowMillis + spanMillis);
    }

    /// Whether two nodes that hold these can speak with each other.
    public boolean knows(KeyRing other) {
        return keys.stream()
                .anyMatch(
                        mine ->
                                other.keys.stream()
                                        .anyMatch(
                                                theirs ->
                                                        Objects.equals(mine.key(), theirs.key())));
    }

    @Override
    public String toString() {
        return "KeyRing" + keys.stream().map(each -> each.key().toString()).toList();
    }
}
