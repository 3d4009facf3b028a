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
public record Scrub(
        long lastLight,
        long lastFull,
        long nextLight,
        long nextFull,
        Tally total,
        long healed,
        Optional<Pass> pass) {
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
        return new Scrub(0, 0, now, full, Tally.NOTHING, 0, Optional.empty());
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
        return new Scrub(lastLight, lastFull, nextLight, nextFull, total, healed, next);
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
                Optional.of(now));
    }

    private static int compare(Place left, Place right) {
        int bySegment = Integer.compare(left.segment(), right.segment());
        return bySegment != 0 ? bySegment : Integer.compare(left.offset(), right.offset());
    }

    /// With nothing left to be looked at by the pass.
    public Scrub ended(long now, ScrubCycle cycle, RandomGenerator random) {
        boolean wasFull = pass.orElseThrow().full();
        return new Scrub(
                now,
                wasFull ? now : lastFull,
                now + ScrubCycle.jittered(cycle.light(), random),
                wasFull ? now + ScrubCycle.jittered(cycle.full(), random) : nextFull,
                total,
                healed,
                Optional.empty());
    }

    /// With so many healed altogether.
    public Scrub withHealed(long all) {
        return new Scrub(lastLight, lastFull, nextLight, nextFull, total, all, pass);
    }
}
