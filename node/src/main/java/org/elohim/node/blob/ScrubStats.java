package org.elohim.node.blob;

import org.elohim.protocol.blob.Scrub;

import java.time.Instant;
import java.util.Optional;

/// What looking at all blobs has found. Whatever is said of the past is of all passes, also those
/// before the last start.
///
/// @param lastPass when a pass ended last in which each blob was looked at by its checks
/// @param lastFullPass when one ended last in which each content was hashed
/// @param pass the one under way
/// @param damagedFound by the scrub; what a reader comes upon first is not counted
/// @param unreadableFound what the disk did not give
/// @param healed damaged blobs that were put again
/// @param damagedNow blobs that are known to be damaged
public record ScrubStats(
        Optional<Instant> lastPass,
        Optional<Instant> lastFullPass,
        Optional<Pass> pass,
        long bytes,
        long damagedFound,
        long unreadableFound,
        long healed,
        int damagedNow) {
    /// A pass that is under way.
    public record Pass(boolean full, Instant begun, long blobs, long bytes) {}

    static ScrubStats of(Scrub scrub, int damagedNow) {
        return new ScrubStats(
                moment(scrub.lastLight()),
                moment(scrub.lastFull()),
                scrub.pass()
                        .map(
                                pass ->
                                        new Pass(
                                                pass.full(),
                                                Instant.ofEpochSecond(pass.begun()),
                                                pass.tally().blobs(),
                                                pass.tally().bytes())),
                scrub.total().bytes(),
                scrub.total().damaged(),
                scrub.total().unreadable(),
                scrub.healed(),
                damagedNow);
    }

    private static Optional<Instant> moment(long second) {
        return second == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(second));
    }
}
