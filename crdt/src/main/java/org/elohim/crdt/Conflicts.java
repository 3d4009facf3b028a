package org.elohim.crdt;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where a document holds more than it shows: two have set the same key, or the same item of a
/// list, without knowing of each other, and one value stands there for all to see.
///
/// Whoever sets that place again ends the conflict, for all devices. What merges by itself is none:
/// text, counters, items that come and go; nor is a value set beside its deletion, for it stands,
/// or the same value set twice.
///
/// Invariants: the latest first, in the same order on each device; no more than a person will look
/// through.
///
/// @param more so many further values at most are hidden, here or elsewhere: some of those may
///   stand in what is itself deleted
public record Conflicts(List<Conflict> listed, int more) {
    public static final Conflicts NONE = new Conflicts(List.of(), 0);

    /// So many hidden values are listed.
    static final int HIDDEN_MAX = 100;

    public Conflicts {
        listed = List.copyOf(listed);
        if (more < 0) {
            throw new IllegalArgumentException("more=" + more);
        }
    }

    /// One place, and all that stands there.
    ///
    /// @param shown what `read` shows there
    /// @param hidden what stands behind it, at least one
    public record Conflict(Path path, Claim shown, List<Claim> hidden) {
        public Conflict {
            hidden = List.copyOf(hidden);
            if (hidden.isEmpty()) {
                throw new IllegalArgumentException("nothing hidden at " + path);
            }
        }
    }

    /// One of the values, and who wants it. What of a value is large is `Value.Unknown` here.
    public record Claim(Value value, Author by) {}

    /// Who has written a value, and with which change.
    ///
    /// @param time what the author says of it, where it does; nothing may be ordered by it
    public record Author(Bytes actor, ContentHash change, Optional<Instant> time) {}
}
