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
/// culprit does not build on it, so it survives whatever is removed; after `failuresMax` failures
/// all that is not known to be sound is quarantined, so that a search ends.
final class Bisection {
    private final int failuresMax;
    private final Map<ContentHash, String> quarantined = new LinkedHashMap<>();
    private List<Candidate> remaining;
    private int sound;
    private int tried;
    private int deadly = Integer.MAX_VALUE;
    private String deadlyReason = "";
    private int failures;
    private boolean done;

    Bisection(List<Candidate> ordered, Set<ContentHash> bad, int failuresMax) {
        this.failuresMax = failuresMax;
        this.remaining = List.copyOf(ordered);
        exclude(bad);
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

    void survived() {
        sound = tried;
        done = sound == remaining.size();
        choose();
    }

    void failed(String reason) {
        failures++;
        if (tried <= sound) {
            // It survived before: the engine cannot be trusted with any of them.
            sound = 0;
            giveUp(reason);
        } else if (failures >= failuresMax) {
            giveUp(reason);
        } else {
            deadly = tried;
            deadlyReason = reason;
            choose();
        }
    }

    private void choose() {
        if (deadly == sound + 1) {
            Candidate culprit = remaining.get(sound);
            quarantined.put(culprit.hash(), deadlyReason);
            exclude(Set.of(culprit.hash()));
            deadly = Integer.MAX_VALUE;
        }
        tried = deadly == Integer.MAX_VALUE ? remaining.size() : sound + (deadly - sound) / 2;
    }

    private void giveUp(String reason) {
        for (Candidate rest : remaining.subList(sound, remaining.size())) {
            quarantined.put(rest.hash(), "not tried any further after: " + reason);
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
