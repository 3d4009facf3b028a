package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Opens a document from changes of which some may kill the engine, and finds those.
///
/// The first try happens where the document is to stay; once that failed, the search goes on in a
/// process of its own, so that it costs no other document.
public final class Vetting {
    /// Room for several culprits among thousands of changes; each failure costs the start of a
    /// child.
    static final int FAILURES_MAX = 64;

    /// The first try, the one after the search, and one for a death that another document caused.
    private static final int ROUNDS_MAX = 3;

    /// Small enough for a frame together with the largest change, large enough to be few.
    private static final int BATCH_BYTES = 16 << 20;

    private Vetting() {}

    /// The document with all sound changes, and what is newly quarantined, with the reason.
    public record Vetted(CrdtEngine engine, Map<ContentHash, String> quarantined) {
        public Vetted {
            quarantined = Map.copyOf(quarantined);
        }
    }

    /// `changes` in an order in which each comes after what it builds on. `before` hears which of
    /// them are about to be tried, so that a mark can be made that outlives this process too.
    public static Vetted open(
            EngineProcess process,
            Bytes actor,
            List<Candidate> changes,
            Set<ContentHash> bad,
            Consumer<List<ContentHash>> before) {
        var search = new Bisection(changes, bad, FAILURES_MAX);
        try (EngineProcess aside = process.sibling()) {
            for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
                before.accept(search.risky().stream().map(Candidate::hash).toList());
                RemoteEngine engine = process.open(actor, false);
                Optional<String> failure = failure(engine, search.next());
                if (failure.isEmpty()) {
                    engine.trusted();
                    return new Vetted(engine, search.quarantined());
                }
                engine.close();
                settle(search, aside, actor, before);
            }
        }
        throw new EngineLost(
                "the process of the documents died again and again, though each change is sound;"
                        + " another document may kill it: open this one again");
    }

    /// Asks the process aside alone: where other documents are open, a death may be theirs.
    private static void settle(
            Bisection search,
            EngineProcess aside,
            Bytes actor,
            Consumer<List<ContentHash>> before) {
        do {
            before.accept(search.risky().stream().map(Candidate::hash).toList());
            try (RemoteEngine engine = aside.open(actor, false)) {
                failure(engine, search.next()).ifPresentOrElse(search::failed, search::survived);
            }
        } while (!search.isDone());
    }

    private static Optional<String> failure(CrdtEngine engine, List<Candidate> changes) {
        var batch = new ByteArrayOutputStream();
        for (Candidate change : changes) {
            batch.writeBytes(change.chunk().toArray());
            if (batch.size() >= BATCH_BYTES) {
                Optional<String> failure = failure(engine, batch);
                if (failure.isPresent()) {
                    return failure;
                }
            }
        }
        // The engine puts off much work until it is read from, and dies only then.
        return failure(engine, batch).or(() -> unreadable(engine));
    }

    private static Optional<String> failure(CrdtEngine engine, ByteArrayOutputStream batch) {
        Bytes chunks = Bytes.copyOf(batch.toByteArray());
        batch.reset();
        return switch (engine.apply(chunks)) {
            case Applied.Taken() -> Optional.empty();
            case Applied.Malformed(var reason) -> Optional.of(reason);
            case Applied.Killed(var reason) -> Optional.of(reason);
        };
    }

    private static Optional<String> unreadable(CrdtEngine engine) {
        try {
            engine.read(Path.ROOT);
            return Optional.empty();
        } catch (EngineLost | IllegalStateException lost) {
            return Optional.of(String.valueOf(lost.getMessage()));
        }
    }
}
