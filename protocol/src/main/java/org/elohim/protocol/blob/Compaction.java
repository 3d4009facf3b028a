package org.elohim.protocol.blob;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which segments are worth being copied into one.
public final class Compaction {
    /// A segment that nothing is appended to.
    ///
    /// @param created as in [SegmentHeader]
    /// @param end where its last record ends; the segment's size where nothing may be appended any
    ///   more, so that what lies behind is as lost as what is dead
    public record Candidate(int number, long created, int end, SegmentUse use) {
        long recordBytes() {
            return (long) end - SegmentHeader.SIZE_BYTES;
        }
    }

    /// What is copied, and whether it has to go on telling that blobs are gone.
    public record Choice(List<Integer> sources, boolean keepsGone) {
        public Choice {
            sources = List.copyOf(sources);
        }

        public boolean isNothing() {
            return sources.isEmpty();
        }
    }

    private Compaction() {}

    /// Chooses among the candidates those of which at least this share, in percent, is dead, the
    /// emptiest first, as many as fit into one segment.
    ///
    /// @param oldest the least `created` of all other segments, where records of blobs that are
    ///   gone may still lie
    public static Choice choose(
            List<Candidate> candidates, long oldest, int deadPercent, int segmentBytes) {
        long room = (long) segmentBytes - SegmentHeader.SIZE_BYTES;
        List<Candidate> chosen = new ArrayList<>();
        for (Candidate candidate :
                candidates.stream()
                        .filter(
                                each ->
                                        dead(each, candidates, oldest) * 100
                                                >= (long) deadPercent * each.recordBytes())
                        .filter(each -> dead(each, candidates, oldest) > 0)
                        .sorted(Comparator.comparingLong(each -> wanted(each.use())))
                        .toList()) {
            if (wanted(candidate.use()) > room || chosen.size() == SegmentHeader.ENTRIES_MAX) {
                break;
            }
            room -= wanted(candidate.use());
            chosen.add(candidate);
        }
        boolean keepsGone =
                chosen.stream()
                        .anyMatch(each -> !mayForget(each, others(candidates, chosen, oldest)));
        return new Choice(chosen.stream().map(Candidate::number).toList(), keepsGone);
    }

    private static long wanted(SegmentUse use) {
        return use.liveBytes() + use.goneBytes();
    }

    private static long dead(Candidate candidate, List<Candidate> all, long oldest) {
        boolean forgets = mayForget(candidate, others(all, List.of(candidate), oldest));
        return candidate.recordBytes()
                - (forgets ? candidate.use().liveBytes() : wanted(candidate.use()));
    }

    // The least `created` of what stays.
    private static long others(List<Candidate> all, List<Candidate> without, long oldest) {
        return all.stream()
                .filter(each -> !without.contains(each))
                .mapToLong(Candidate::created)
                .reduce(oldest, Math::min);
    }

    // Once no older segment is left, nothing of a blob that is gone can be found any more.
    private static boolean mayForget(Candidate candidate, long oldestOther) {
        return candidate.use().newestGone() < oldestOther;
    }
}
