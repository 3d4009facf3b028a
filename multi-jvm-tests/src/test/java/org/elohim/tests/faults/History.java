package org.elohim.tests.faults;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Tier;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What was written in a run, what was promised of it, and what was there in the end.
///
/// @param nodes who belongs to the family at the end
/// @param readings of each node that let itself be read in time
/// @param ended in words, which processes ended that nobody had ended
public record History(
        Set<String> nodes,
        List<Write> writes,
        List<Promise> promises,
        List<Refusal> refusals,
        Map<String, Reading> readings,
        List<String> ended) {

    public History {
        if (nodes.isEmpty() || !nodes.containsAll(readings.keySet())) {
            throw new IllegalArgumentException("nodes=" + nodes + " read=" + readings.keySet());
        }
        nodes = Set.copyOf(nodes);
        writes = List.copyOf(writes);
        promises = List.copyOf(promises);
        refusals = List.copyOf(refusals);
        readings = Map.copyOf(readings);
        ended = List.copyOf(ended);
    }

    /// A device has changed a document.
    public record Write(String device, DocumentId document, ContentHash change) {}

    /// A node has told a device that it holds a change.
    public record Promise(String node, Tier tier, ContentHash change) {}

    /// A node has told a device that it will never take a change.
    public record Refusal(String device, String reason) {}

    /// What a device finds at a node that never saw it before.
    public record Reading(Map<DocumentId, Content> documents) {
        public Reading {
            documents = Map.copyOf(documents);
        }
    }

    /// One document there.
    public record Content(Set<ContentHash> changes, Set<ContentHash> heads) {
        public Content {
            changes = Set.copyOf(changes);
            heads = Set.copyOf(heads);
        }
    }

    private static final Content NOTHING = new Content(Set.of(), Set.of());

    /// What is wrong with a run. All of it empty is the only good verdict.
    ///
    /// @param lost what was promised and is missing somewhere
    /// @param divergent documents that differ between nodes
    /// @param stuck what no node has promised, or what is missing somewhere without a promise, and
    ///   nodes that could not be read
    /// @param refused what nobody had a reason to refuse
    /// @param broken processes that ended by themselves
    public record Verdict(
            List<String> lost,
            List<String> divergent,
            List<String> stuck,
            List<String> refused,
            List<String> broken) {
        public Verdict {
            lost = List.copyOf(lost);
            divergent = List.copyOf(divergent);
            stuck = List.copyOf(stuck);
            refused = List.copyOf(refused);
            broken = List.copyOf(broken);
        }

        public boolean isGood() {
            return lost.isEmpty()
                    && divergent.isEmpty()
                    && stuck.isEmpty()
                    && refused.isEmpty()
                    && broken.isEmpty();
        }

        /// In words, a line each.
        public List<String> words() {
            List<String> words = new ArrayList<>();
            lost.forEach(each -> words.add("lost: " + each));
            divergent.forEach(each -> words.add("divergent: " + each));
            stuck.forEach(each -> words.add("stuck: " + each));
            refused.forEach(each -> words.add("refused: " + each));
            broken.forEach(each -> words.add("broken: " + each));
            return words;
        }
    }

    public Verdict verdict() {
        return new Verdict(lost(), divergent(), stuck(), refused(), ended);
    }

    private Set<ContentHash> promised() {
        return promises.stream().map(Promise::change).collect(Collectors.toSet());
    }

    private List<String> lost() {
        Set<ContentHash> promised = promised();
        List<String> lost = new ArrayList<>();
        for (Write write : writes) {
            if (promised.contains(write.change())) {
                lost.addAll(missing(write));
            }
        }
        return lost;
    }

    // Only where it was read: of the others it is not known.
    private List<String> missing(Write write) {
        return readings.entrySet().stream()
                .filter(
                        at ->
                                !content(at.getValue(), write.document())
                                        .changes()
                                        .contains(write.change()))
                .map(
                        at ->
                                "%s of %s, promised by %s, is missing at %s"
                                        .formatted(
                                                write.change(),
                                                write.device(),
                                                promisers(write.change()),
                                                at.getKey()))
                .sorted()
                .toList();
    }

    private String promisers(ContentHash change) {
        return promises.stream()
                .filter(promise -> promise.change().equals(change))
                .map(promise -> promise.node() + " (" + promise.tier() + ")")
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
    }

    private static Content content(Reading reading, DocumentId document) {
        return reading.documents().getOrDefault(document, NOTHING);
    }

    private List<String> divergent() {
        Set<DocumentId> documents = new HashSet<>();
        readings.values().forEach(reading -> documents.addAll(reading.documents().keySet()));
        return documents.stream()
                .filter(
                        document ->
                                readings.values().stream()
                                                .map(reading -> content(reading, document).heads())
                                                .distinct()
                                                .count()
                                        > 1)
                .map(document -> "document " + document)
                .sorted()
                .toList();
    }

    private List<String> stuck() {
        List<String> stuck = new ArrayList<>();
        nodes.stream()
                .filter(node -> !readings.containsKey(node))
                .map(node -> node + " could not be read")
                .sorted()
                .forEach(stuck::add);
        Set<ContentHash> promised = promised();
        for (Write write : writes) {
            if (!promised.contains(write.change())) {
                stuck.add("%s of %s, which no node took".formatted(write.change(), write.device()));
            }
        }
        return stuck;
    }

    private List<String> refused() {
        return refusals.stream()
                .map(refusal -> "a change of %s: %s".formatted(refusal.device(), refusal.reason()))
                .toList();
    }
}
