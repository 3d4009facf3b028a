package org.elohim.tests.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.tests.lab.Family;
import org.elohim.tests.lab.FamilyNode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// What gets through between the nodes of a run.
///
/// Invariants: cutting what is cut and healing what is whole change nothing.
final class Wires {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
    private static final JsonMapper JSON = new JsonMapper();

    private final List<FamilyNode> nodes;
    private final Set<Cut> cuts = new HashSet<>();
    private final List<Cut> fromLeader = new ArrayList<>();

    private record Cut(int from, int to) {}

    Wires(List<FamilyNode> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /// Says whether anything came through before.
    boolean cut(int from, int to) {
        boolean whole = cuts.add(new Cut(from, to));
        if (whole) {
            Family.cut(nodes.get(from), nodes.get(to));
        }
        return whole;
    }

    void heal(int from, int to) {
        if (cuts.remove(new Cut(from, to))) {
            Family.heal(nodes.get(from), nodes.get(to));
        }
    }

    void healAll() {
        Set.copyOf(cuts).forEach(cut -> heal(cut.from(), cut.to()));
        fromLeader.clear();
    }

    /// Nothing is cut where nobody who can be asked knows a leader.
    ///
    /// @param asked the first that answers is believed
    void cutLeader(List<FamilyNode> asked) {
        asked.stream()
                .map(Wires::leaderOf)
                .flatMap(Optional::stream)
                .findFirst()
                .ifPresent(this::isolate);
    }

    private void isolate(String id) {
        List<Integer> others =
                IntStream.range(0, nodes.size())
                        .filter(node -> !isCalled(node, id))
                        .boxed()
                        .toList();
        IntStream.range(0, nodes.size())
                .filter(node -> isCalled(node, id))
                .forEach(leader -> others.forEach(other -> isolate(leader, other)));
    }

    private void isolate(int leader, int other) {
        if (cut(leader, other)) {
            fromLeader.add(new Cut(leader, other));
        }
        if (cut(other, leader)) {
            fromLeader.add(new Cut(other, leader));
        }
    }

    private boolean isCalled(int node, String id) {
        return nodes.get(node).idOnceStarted().equals(Optional.of(id));
    }

    void healLeader() {
        fromLeader.forEach(cut -> heal(cut.from(), cut.to()));
        fromLeader.clear();
    }

    private static Optional<String> leaderOf(FamilyNode asked) {
        try {
            String told = asked.get("/cluster/members", ANSWER_WITHIN).body();
            return Optional.of(JSON.readTree(told).path("leader").asText())
                    .filter(leader -> !leader.isEmpty());
        } catch (IOException busy) {
            return Optional.empty();
        }
    }
}
