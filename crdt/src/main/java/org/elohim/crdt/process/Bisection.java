package org.elohim.crdt.process;

import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the changes an engine dies of, by trying prefixes of their order.
///
/// Invariants: the first `sound` of the remaining changes survived a try together; what precedes a
/// culprit does not build on it, so it survives whatever is removed; a culprit has failed `PROOFS`
/// times in a row with nothing else at risk; after `failuresMax` failures all that is not known to
/// be sound stays untried, so that a search ends.
final class Bisection {
    private static final int PROOFS = 2;

    private final int failuresMax;
    private final Map<ContentHash, String> quarantined = new LinkedHashMap<>();
    private final Set<ContentHash> untried = new HashSet<>();
    private List<Candidate> remaining;
    private int sound;
    private int tried;
    private int proofs;
    private int deadly = Integer.MAX_VALUE;
    private String deadlyReason = "";
    private int failures;
    private boolean done;

    Bisection(List<Candidate> ordered, Set<ContentHash> bad, int failuresMax) {
        this(ordered, bad, failuresMax, Sound.NONE);
    }

    /// @param known what an earlier search has left
    Bisection(List<Candidate> ordered, Set<ContentHash> bad, int failuresMax, Sound known) {
        this.failuresMax = failuresMax;
        this.remaining = List.copyOf(ordered);
        exclude(bad);
        sound = known.isOf(remaining) ? known.count() : 0;
        tried = remaining.size();
    }

    boolean isDone() {
        return done;
    }

    /// What to try next, in order, from an empty document.
    List<Candidate> next() {
        return remaining.subList(0, tried);
    }

    /// What of it nobody has seen survive yet.
    List<Candidate> risky() {
        return remaining.subList(Math.min(sound, tried), tried);
    }

    Map<ContentHash, String> quarantined() {
        return quarantined;
    }

    /// Of these nothing is known.
    Set<ContentHash> untried() {
        return untried;
    }

    /// The changes of which it is known, for the search that goes on from here.
    Sound sound() {
        return Sound.of(remaining.subList(0, sound));
    }

    /// Nobody searches any longer; what is not known to be sound stays untried.
    void end() {
        giveUp();
        done = true;
    }

    void survived() {
        sound = tried;
        proofs = 0;
        if (deadly <= sound) {
            // It was blamed for what was no fault of its own.
            deadly = Integer.MAX_VALUE;
        }
        done = sound == remaining.size();
        choose();
    }

    void failed(String reason) {
        if (tried <= sound) {
            throw new IllegalStateException("nothing was at risk");
        }
        failures++;
        deadly = tried;
        deadlyReason = reason;
        if (tried == sound + 1 && ++proofs == PROOFS) {
            convict(remaining.get(sound));
        }
        if (failures >= failuresMax) {
            giveUp();
        } else {
            choose();
        }
    }

    private void convict(Candidate culprit) {
        quarantined.put(culprit.hash(), deadlyReason);
        exclude(Set.of(culprit.hash()));
        deadly = Integer.MAX_VALUE;
        proofs = 0;
    }

    private void choose() {
        tried =
                deadly == Integer.MAX_VALUE
                        ? remaining.size()
                        : Math.max(sound + 1, sound + (deadly - sound) / 2);
    }

    private void giveUp() {
        for (Candidate rest : remaining.subList(sound, remaining.size())) {
            untried.add(rest.hash());
        }
        remaining = List.copyOf(remaining.subList(0, sound));
        tried = sound;
        deadly = Integer.MAX_VALUE;
    }

    /// Removes these and all that builds on them; the latter are news.
    private void exclude(Set<ContentHash> bad) {
        var gone = new HashSet<>(bad);
        var kept = new ArrayList<Candidate>();
        for (Candidate candidate : remaining) {
            if (gone.contains(candidate.hash())) {
                continue;
            }
            var below = candidate.deps().stream().filter(gone::contains).findFirst();
            if (below.isPresent()) {
                gone.add(candidate.hash());
                quarantined.put(candidate.hash(), "it builds on " + below.get());
            } else {
                kept.add(candidate);
            }
        }
        remaining = List.copyOf(kept);
    }
}
