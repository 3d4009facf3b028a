package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A piece that is made out of shards: which shard is read of whom, and who is left out once what
/// was made is not what was asked for.
///
/// Each shard that was read from its beginning to its end, of one source, is known for right or
/// wrong by its hash in the manifest. Whoever has brought a wrong one is left out, and so is
/// whoever did not bring his to its end; the next round begins with those who were right.
///
/// Invariants: nobody is asked again for a shard that was wrong; each round but the first leaves
/// somebody out, and there are no more than a bounded number of them.
public final class Rebuild {
    /// Each reads as much as all of the blob.
    public static final int ROUNDS_MAX = 8;

    /// Somebody who has a shard.
    public record Source(int shard, NodeId node) {}

    /// What a round has shown of a source.
    public enum Finding {
        /// All of its shard was read, and is that of the manifest.
        RIGHT,
        /// All of it was read, and it is another one.
        WRONG,
        /// It brought nothing, or not all that was asked for, or what is no block of a shard.
        BROKEN,
        /// Some of its shard was read.
        PARTLY
    }

    /// What is to be done.
    public sealed interface Step {
        /// Make it out of these.
        ///
        /// @param sources of each shard, in the order in which they are to be read
        record Make(Map<Integer, List<NodeId>> sources) implements Step {}

        /// It is not to be had.
        record GiveUp(String why) implements Step {}
    }

    /// What follows from a round.
    ///
    /// @param wrong who has to look at what he keeps
    public record Next(Step step, List<Source> wrong) {
        public Next {
            wrong = List.copyOf(wrong);
        }
    }

    private final int needed;
    private final Map<Integer, List<NodeId>> sources = new TreeMap<>();
    private final Set<Source> right = new HashSet<>();
    private int rounds;

    /// @param needed so many shards give all of it
    /// @param sources of each shard, the best ones first
    public Rebuild(int needed, Map<Integer, ? extends Collection<NodeId>> sources) {
        this.needed = needed;
        sources.forEach((shard, nodes) -> this.sources.put(shard, new ArrayList<>(nodes)));
    }

    /// To be asked once, first. It is tried with whatever there is, so that too few shards are told
    /// of by whoever looks for them.
    public Step begin() {
        rounds = 1;
        return make();
    }

    // Whoever was right comes first, among the shards and among those who have one.
    private Step.Make make() {
        Map<Integer, List<NodeId>> ordered = new LinkedHashMap<>();
        for (boolean proven : new boolean[] {true, false}) {
            sources.forEach(
                    (shard, nodes) -> {
                        if (nodes.stream().anyMatch(isRight(shard)) == proven) {
                            ordered.put(shard, provenFirst(shard, nodes));
                        }
                    });
        }
        return new Step.Make(ordered);
    }

    private Predicate<NodeId> isRight(int shard) {
        return node -> right.contains(new Source(shard, node));
    }

    private List<NodeId> provenFirst(int shard, List<NodeId> nodes) {
        return Stream.concat(
                        nodes.stream().filter(isRight(shard)),
                        nodes.stream().filter(isRight(shard).negate()))
                .toList();
    }

    /// What was made is another content than was asked for, or could not be made to its end.
    ///
    /// @param findings of whoever was asked
    /// @param trouble in words, in case it is the last of it
    public Next failed(Map<Source, Finding> findings, String trouble) {
        List<Source> wrong = having(findings, Finding.WRONG);
        Set<Source> out = new HashSet<>(wrong);
        out.addAll(having(findings, Finding.BROKEN));
        if (out.isEmpty()) {
            out.addAll(having(findings, Finding.PARTLY));
        }
        right.addAll(having(findings, Finding.RIGHT));
        right.removeAll(out);
        out.forEach(this::leaveOut);
        rounds++;
        boolean isOver = out.isEmpty() || sources.size() < needed || rounds > ROUNDS_MAX;
        return new Next(isOver ? new Step.GiveUp(trouble) : make(), wrong);
    }

    private static List<Source> having(Map<Source, Finding> findings, Finding finding) {
        return findings.entrySet().stream()
                .filter(each -> each.getValue() == finding)
                .map(Map.Entry::getKey)
                .sorted(Comparator.comparingInt(Source::shard).thenComparing(Source::node))
                .toList();
    }

    private void leaveOut(Source source) {
        List<NodeId> left = sources.getOrDefault(source.shard(), List.of());
        left.remove(source.node());
        if (left.isEmpty()) {
            sources.remove(source.shard());
        }
    }
}
