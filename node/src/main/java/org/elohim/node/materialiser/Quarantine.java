package org.elohim.node.materialiser;

import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.stream.Collectors;

/// Which changes the engine fails on, as found since the process began. They are stored and passed
/// on as any other.
///
/// Invariants: of changes that build on each other only the first is noted: so it does not depend
/// on how many had come when it was found.
final class Quarantine {
    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
    // One that is forgotten is found again.
    private static final int DOCUMENTS_MAX = 1_000;

    private final LinkedHashMap<DocumentId, Set<ContentHash>> known =
            new LinkedHashMap<>(16, 0.75f, true);

    synchronized Set<ContentHash> of(DocumentId document) {
        return known.getOrDefault(document, Set.of());
    }

    /// @param untried left out too, because the search took too long
    synchronized void add(
            DocumentId document,
            ChangeGraph graph,
            Set<ContentHash> found,
            Set<ContentHash> untried) {
        if (found.isEmpty() && untried.isEmpty()) {
            return;
        }
        Set<ContentHash> all = new HashSet<>(of(document));
        all.addAll(found);
        all.addAll(untried);
        Set<ContentHash> first =
                all.stream()
                        .filter(hash -> buildsOnNone(graph, hash, all))
                        .collect(Collectors.toUnmodifiableSet());
        if (first.equals(known.put(document, first))) {
            return;
        }
        LOG.warn(
                "document {}: {} changes cannot be read, so they are left out of what is shown;"
                        + " they are kept and passed on ({} of them were not tried)",
                document,
                found.size() + untried.size(),
                untried.size());
        if (known.size() > DOCUMENTS_MAX) {
            known.pollFirstEntry();
        }
    }

    private static boolean buildsOnNone(ChangeGraph graph, ContentHash hash, Set<ContentHash> all) {
        return graph.find(hash).stream()
                .flatMap(change -> change.deps().stream())
                .noneMatch(all::contains);
    }
}
