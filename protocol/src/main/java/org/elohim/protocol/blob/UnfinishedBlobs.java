package org.elohim.protocol.blob;

import org.elohim.protocol.id.ContentHash;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Contents of which a part has come: who is at work at them, which rest until somebody goes on,
/// and which of those have to go.
///
/// Invariants: at most one is at work at a content for one owner; what rests is bounded in number,
/// for each owner and in all, in bytes but for the one that rests last, and in time. Whoever is
/// told to take one away is at work at it until he says what became of that. Not for several
/// threads.
public final class UnfinishedBlobs {
    /// What it is to become, and whose it is.
    ///
    /// @param owner who alone goes on with it; nothing where it is the node's own
    public record Name(ContentHash blob, @Nullable ContentHash owner) {
        public static Name ofNode(ContentHash blob) {
            return new Name(blob, null);
        }

        private boolean isOfSameOwner(Name other) {
            return Objects.equals(owner, other.owner);
        }
    }

    /// How much of it may rest, and for how long.
    ///
    /// @param ofOwner so many; the node's own are bounded by `all` alone
    public record Limits(
            int all, int ofOwner, long bytes, long nodesRestMillis, long ownersRestMillis) {
        public Limits {
            if (all < 1 || ofOwner < 1 || bytes < 0) {
                throw new IllegalArgumentException(
                        "all=" + all + " of owner=" + ofOwner + " bytes=" + bytes);
            }
        }
    }

    /// What has to go.
    public record Going(Name name, long bytes) {}

    private record Resting(long bytes, long sinceMillis, long turn) {}

    private final Limits limits;
    private final Map<Name, Resting> resting = new HashMap<>();
    private final Set<Name> atWork = new HashSet<>();
    private long restingBytes;
    private long turns;

    public UnfinishedBlobs(Limits limits) {
        this.limits = limits;
    }

    /// What becomes of the wish to work at one.
    public sealed interface Taken {
        /// There is nothing of it yet.
        record Anew() implements Taken {}

        /// It goes on from what rests.
        record GoesOn(long bytes) implements Taken {}

        /// Somebody is at work at it.
        record Busy() implements Taken {}
    }

    /// Somebody wants to work at it, and does from now on unless somebody else does.
    public Taken take(Name name) {
        if (!atWork.add(name)) {
            return new Taken.Busy();
        }
        return remove(name)
                .<Taken>map(rested -> new Taken.GoesOn(rested.bytes()))
                .orElseGet(Taken.Anew::new);
    }

    private Optional<Resting> remove(Name name) {
        Optional<Resting> removed = Optional.ofNullable(resting.remove(name));
        restingBytes -= removed.map(Resting::bytes).orElse(0L);
        return removed;
    }

    /// Whether something of it rests.
    public boolean rests(Name name) {
        return resting.containsKey(name);
    }

    /// Nobody is at work at it any more, and so much of it is there.
    ///
    /// @return what has to go for it
    public List<Going> rest(Name name, long bytes, long nowMillis) {
        stays(name, bytes, nowMillis);
        List<Going> going = new ArrayList<>();
        while (name.owner() != null && ofOwner(name).size() > limits.ofOwner()) {
            going.add(takeAway(oldest(ofOwner(name))));
        }
        while (resting.size() > limits.all()
                || (restingBytes > limits.bytes() && resting.size() > 1)) {
            going.add(takeAway(oldest(resting.keySet())));
        }
        return going;
    }

    /// It could not be taken away, so it rests once more.
    public void stays(Name name, long bytes, long nowMillis) {
        atWork.remove(name);
        var _ = remove(name);
        resting.put(name, new Resting(bytes, nowMillis, ++turns));
        restingBytes += bytes;
    }

    /// Nothing of it is left, or all of it has come.
    public void end(Name name) {
        atWork.remove(name);
    }

    /// Takes away what has rested too long.
    public List<Going> overdue(long nowMillis) {
        return List.copyOf(resting.keySet()).stream()
                .filter(name -> nowMillis - known(name).sinceMillis() > restMillis(name))
                .map(this::takeAway)
                .toList();
    }

    private long restMillis(Name name) {
        return name.owner() == null ? limits.nodesRestMillis() : limits.ownersRestMillis();
    }

    /// Takes away, for the room, what has rested longest; nothing where nothing rests.
    public Optional<Going> longest() {
        return resting.isEmpty()
                ? Optional.empty()
                : Optional.of(takeAway(oldest(resting.keySet())));
    }

    public int resting() {
        return resting.size();
    }

    public long restingBytes() {
        return restingBytes;
    }

    private List<Name> ofOwner(Name name) {
        return resting.keySet().stream().filter(name::isOfSameOwner).toList();
    }

    private Name oldest(Collection<Name> names) {
        return names.stream()
                .min(Comparator.comparingLong(name -> known(name).turn()))
                .orElseThrow();
    }

    private Resting known(Name name) {
        return Objects.requireNonNull(resting.get(name));
    }

    private Going takeAway(Name name) {
        var going = new Going(name, known(name).bytes());
        var _ = remove(name);
        atWork.add(name);
        return going;
    }
}
