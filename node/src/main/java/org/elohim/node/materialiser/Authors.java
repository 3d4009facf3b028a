package org.elohim.node.materialiser;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.util.LinkedHashMap;
import java.util.random.RandomGenerator;

/// The actors under which this node writes in documents.
///
/// Invariants: an actor belongs to one document and to this run of the process; one whose last
/// change may be journaled or not is never used again, since two changes with the same number never
/// merge.
final class Authors {
    // As many as Automerge draws.
    private static final int ACTOR_BYTES = 16;

    // Where it is forgotten a new one is drawn, which costs that document a few bytes.
    private static final int KNOWN_MAX = 10_000;

    private final RandomGenerator random;
    private final LinkedHashMap<DocumentId, Bytes> actors = new LinkedHashMap<>(16, 0.75f, true);

    Authors(RandomGenerator random) {
        this.random = random;
    }

    synchronized Bytes of(DocumentId document) {
        Bytes actor = actors.computeIfAbsent(document, _ -> draw());
        if (actors.size() > KNOWN_MAX) {
            actors.pollFirstEntry();
        }
        return actor;
    }

    synchronized void renew(DocumentId document) {
        actors.remove(document);
    }

    private Bytes draw() {
        byte[] actor = new byte[ACTOR_BYTES];
        random.nextBytes(actor);
        return Bytes.copyOf(actor);
    }
}
