package org.elohim.protocol.blob;

import org.elohim.protocol.blob.IndexEntry.Place;

import java.util.Optional;
import java.util.random.RandomGenerator;

/// How far the looking at all blobs has come, and what it has found. Times are seconds since 1970,
/// zero for never.
///
/// A pass goes through the blobs in the order in which they lie in segments. A segment's number is
/// never given twice and grows, so what is moved meanwhile, or written, lies behind the end of the
/// pass or still before it: both were checked when they were written, and the next pass looks at
/// them.
///
/// Invariants: the place of a pass only grows, so each pass ends; a blob that was there before it
/// and stayed where it was is looked at in it, whatever cuts it off in between.
///
/// @param total of all passes, also of the one under way
/// @param healed blobs that were damaged and are good again
/// @param walked what the last pass that has ended vouches for
public record Scrub(
        long lastLight,
        long lastFull,
        long nextLight,
        long nextFull,
        Tally total,
        long healed,
        Walked walked,
        Optional<Pass> pass) {
    /// What a pass has seen to be good: all up to a place, unless it is known to be damaged.
    ///
    /// @param begun zero where there was none, or one that could not read all of it
    public record Walked(long begun, Place until) {
        public static final Walked NOTHING = new Walked(0, new Place(0, 0));

        static Walked of(Pass pass) {
            return pass.tally().unreadable() > 0 ? NOTHING : new Walked(pass.begun(), pass.after());
        }

        long vouchesFor(Place place) {
            return compare(place, until) <= 0 ? begun : 0;
        }
    }

    /// What became of a look at one blob.
    public enum Finding {
        GOOD,
        DAMAGED,
        UNREADABLE,
        /// It was let go before.
        GONE
    }

    /// What was looked at, and how much of it was bad.
    public record Tally(long blobs, long bytes, long damaged, long unreadable) {
        public static final Tally NOTHING = new Tally(0, 0, 0, 0);

        Tally plus(Finding finding, long moreBytes) {
            return new Tally(
                    blobs + 1,
                    bytes + moreBytes,
                    damaged + (finding == Finding.DAMAGED ? 1 : 0),
                    unreadable + (finding == Finding.UNREADABLE ? 1 : 0));
        }
    }

    /// One walk over all blobs.
    ///
    /// @param full whether contents are hashed
    /// @param untilSegment the last one that it looks at
    /// @param after where the last blob lay that it has looked at
    public record Pass(boolean full, long begun, int untilSegment, Place after, Tally tally) {}

    /// Nothing was looked at yet. The first full pass comes some time within a cycle.
    public static Scrub begin(long now, ScrubCycle cycle, RandomGenerator random) {
        long full = now + random.nextLong(cycle.full().toSeconds() + 1);
        return new Scrub(0, 0, now, full, Tally.NOTHING, 0, Walked.NOTHING, Optional.empty());
    }

    /// How many seconds nothing is to be looked at.
    public long rest(long now, ScrubCycle cycle) {
        return pass.isPresent() ? 0 : Math.min(restOfLight(now, cycle), restOfFull(now, cycle));
    }

    // A clock that was ahead must not put them off for years.
    private long restOfLight(long now, ScrubCycle cycle) {
        long rest = nextLight - now;
        return rest > ScrubCycle.latest(cycle.light()) ? 0 : Math.max(0, rest);
    }

    private long restOfFull(long now, ScrubCycle cycle) {
        long rest = nextFull - now;
        return rest > ScrubCycle.latest(cycle.full()) ? 0 : Math.max(0, rest);
    }

    /// With the pass that is due, where none is under way.
    ///
    /// @param newestSegment the one with the highest number
    public Scrub withPass(long now, int newestSegment, ScrubCycle cycle) {
        if (pass.isPresent()) {
            return this;
        }
        boolean isFull = restOfFull(now, cycle) == 0;
        return withPass(
                Optional.of(new Pass(isFull, now, newestSegment, new Place(0, 0), Tally.NOTHING)));
    }

    private Scrub withPass(Optional<Pass> next) {
        return new Scrub(lastLight, lastFull, nextLight, nextFull, total, healed, walked, next);
    }

    /// With one more blob looked at.
    ///
    /// @param bytes read of it
    public Scrub looked(Place place, Finding finding, long bytes) {
        Pass before = pass.orElseThrow();
        if (compare(place, before.after()) <= 0) {
            throw new IllegalArgumentException("place=" + place + " after=" + before.after());
        }
        var now =
                new Pass(
                        before.full(),
                        before.begun(),
                        before.untilSegment(),
                        place,
                        before.tally().plus(finding, bytes));
        return new Scrub(
                lastLight,
                lastFull,
                nextLight,
                nextFull,
                total.plus(finding, bytes),
                healed,
                walked,
                Optional.of(now));
    }

    private static int compare(Place left, Place right) {
        int bySegment = Integer.compare(left.segment(), right.segment());
        return bySegment != 0 ? bySegment : Integer.compare(left.offset(), right.offset());
    }

    /// With nothing left to be looked at by the pass.
    public Scrub ended(long now, ScrubCycle cycle, RandomGenerator random) {
        Pass last = pass.orElseThrow();
        boolean wasFull = last.full();
        return new Scrub(
                now,
                wasFull ? now : lastFull,
                now + ScrubCycle.jittered(cycle.light(), random),
                wasFull ? now + ScrubCycle.jittered(cycle.full(), random) : nextFull,
                total,
                healed,
                Walked.of(last),
                Optional.empty());
    }

    /// With so many healed altogether.
    public Scrub withHealed(long all) {
        return new Scrub(lastLight, lastFull, nextLight, nextFull, total, all, walked, pass);
    }

    /// Since when at the latest what lies there is known to be good, by its checks; zero where no
    /// pass has come upon it there. It was looked at then or later.
    public long goodSince(Place place) {
        long now = pass.map(Walked::of).orElse(Walked.NOTHING).vouchesFor(place);
        return now > 0 ? now : walked.vouchesFor(place);
    }
}
