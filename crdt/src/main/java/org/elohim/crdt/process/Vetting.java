package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.EngineLost;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/// Opens a document from changes of which some may kill the engine, and finds those.
///
/// The first try happens where the document is to stay; once that failed, the search goes on in a
/// process of its own, so that it costs no other document.
///
/// Invariants: only a change on which the engine has failed again and again, in new processes and
/// with nothing else at risk, is quarantined; what counts as failing says [Blame]. Where anything
/// else was in the way no change is blamed, and whoever asks has to ask again.
public final class Vetting {
    /// The first try, the one after the search, and one for a death that another document caused.
    private static final int ROUNDS_MAX = 3;

    /// Small enough for a frame together with the largest change, large enough to be few.
    private static final int BATCH_BYTES = 16 << 20;

    /// Room for several culprits among thousands of changes; each failure costs the start of a
    /// child.
    private static final int FAILURES_MAX = 64;

    private Vetting() {}

    /// The search for what an engine fails on, as whoever opens a document allows it.
    public interface Search {
        /// A search that lasts as long as it takes.
        Search ENDLESS =
                new Search() {
                    @Override
                    public void begin() {}

                    @Override
                    public boolean isOver() {
                        return false;
                    }
                };

        /// It is about to begin, or has begun already; what this throws keeps it from that.
        void begin();

        /// Whether nothing more is tried; what is not known by then is left out.
        boolean isOver();
    }

    /// On what terms a document is opened.
    ///
    /// @param shownMax how far it is ever read, as JSON; what lies beyond is nobody's matter
    /// @param suspected whether it has failed lately: then it is tried aside first, where that
    ///   costs nobody else anything
    public record Terms(Blame blame, long shownMax, boolean suspected, Search search) {
        /// For a document that is read whole, by one who has all the time.
        public static Terms whole(Blame blame) {
            return new Terms(blame, Request.Check.WHOLE, false, Search.ENDLESS);
        }
    }

    /// What a search has found that went on from an earlier one.
    ///
    /// @param sound where the next one may go on, if anything is untried
    public record Found(
            Map<ContentHash, String> quarantined, Set<ContentHash> untried, Sound sound) {
        public Found {
            quarantined = Map.copyOf(quarantined);
            untried = Set.copyOf(untried);
        }

        private static Found of(Bisection search) {
            return new Found(search.quarantined(), search.untried(), search.sound());
        }
    }

    /// The document with all sound changes, and what was newly found to be none. What is untried is
    /// left out as well, this time: the search for the culprits took too long.
    public record Vetted(CrdtEngine engine, Found found) {}

    /// What a change is blamed for.
    public enum Blame {
        /// For crashes alone, where it is remembered who is to blame: a machine that was slow that
        /// day must not hide a change for ever.
        CRASHES,
        /// Also where a new process with nothing else to do hangs on it, or takes too much memory,
        /// each time: whoever reads must not be told for ever to try again. Each failure may cost
        /// the whole time of a request, so such a search needs an end.
        HANGS_TOO;

        boolean covers(EngineLost.Why why) {
            return switch (why) {
                case CRASHED -> true;
                case LATE, TOO_LARGE -> this == HANGS_TOO;
                case UNFIT, GONE -> false;
            };
        }
    }

    /// What came of a try.
    sealed interface Tried {
        record Survived() implements Tried {}

        record Crashed(String reason) implements Tried {}

        record Hindered(String reason) implements Tried {}
    }

    /// `changes` in an order in which each comes after what it builds on. `before` hears which of
    /// them are about to be tried, so that a mark can be made that outlives this process too.
    public static Vetted open(
            EngineProcess process,
            Bytes actor,
            List<Candidate> changes,
            Set<ContentHash> bad,
            Terms terms,
            Consumer<List<ContentHash>> before) {
        var search = new Bisection(changes, bad, FAILURES_MAX);
        EngineProcess aside = process.sibling();
        try {
            if (terms.suspected()) {
                settle(search, aside, actor, terms, before);
            }
            for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
                before.accept(search.risky().stream().map(Candidate::hash).toList());
                RemoteEngine engine = process.open(actor, false);
                if (tried(engine, search.next(), terms) instanceof Tried.Survived) {
                    engine.trusted();
                    return new Vetted(engine, Found.of(search));
                }
                engine.close();
                settle(search, aside, actor, terms, before);
            }
        } finally {
            process.end(aside);
        }
        throw new EngineLost(
                "the process of the documents died again and again, though each change is sound;"
                        + " another document may kill it: open this one again");
    }

    /// Searches on where an earlier search has ended, beside everything else and without opening
    /// anything.
    public static Found searchOn(
            EngineProcess process,
            Bytes actor,
            List<Candidate> changes,
            Set<ContentHash> bad,
            Sound known,
            Terms terms) {
        var search = new Bisection(changes, bad, FAILURES_MAX, known);
        EngineProcess aside = process.sibling();
        try {
            settle(search, aside, actor, terms, _ -> {});
        } finally {
            process.end(aside);
        }
        return Found.of(search);
    }

    private static void settle(
            Bisection search,
            EngineProcess aside,
            Bytes actor,
            Terms terms,
            Consumer<List<ContentHash>> before) {
        terms.search().begin();
        settle(
                search,
                terms.search()::isOver,
                changesToTry -> {
                    before.accept(search.risky().stream().map(Candidate::hash).toList());
                    try (RemoteEngine another = aside.open(actor, false)) {
                        return tried(another, changesToTry, terms);
                    }
                });
    }

    /// Asks the process aside alone: where other documents are open, a death may be theirs.
    static void settle(
            Bisection search, BooleanSupplier over, Function<List<Candidate>, Tried> trial) {
        do {
            if (over.getAsBoolean()) {
                search.end();
                return;
            }
            switch (trial.apply(search.next())) {
                case Tried.Survived() -> search.survived();
                case Tried.Crashed(var reason) when !search.risky().isEmpty() ->
                        search.failed(reason);
                case Tried.Crashed(var reason) -> throw hindered(reason);
                case Tried.Hindered(var reason) -> throw hindered(reason);
            }
        } while (!search.isDone());
    }

    private static EngineLost hindered(String reason) {
        return new EngineLost(
                "the document cannot be opened now (%s); none of its changes is to blame: try again later"
                        .formatted(reason));
    }

    private static Tried tried(RemoteEngine engine, List<Candidate> changes, Terms terms) {
        try {
            return failure(engine, changes, terms.shownMax())
                    .<Tried>map(Tried.Crashed::new)
                    .orElseGet(Tried.Survived::new);
        } catch (EngineLost lost) {
            String reason = String.valueOf(lost.getMessage());
            return terms.blame().covers(lost.why())
                    ? new Tried.Crashed(reason)
                    : new Tried.Hindered(reason);
        }
    }

    private static Optional<String> failure(
            RemoteEngine engine, List<Candidate> changes, long shownMax) {
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
        return failure(engine, batch).or(() -> unreadable(engine, shownMax));
    }

    private static Optional<String> failure(RemoteEngine engine, ByteArrayOutputStream batch) {
        Bytes chunks = Bytes.copyOf(batch.toByteArray());
        batch.reset();
        return switch (engine.taken(chunks)) {
            case Applied.Taken() -> Optional.empty();
            case Applied.Malformed(var reason) -> Optional.of(reason);
            case Applied.Killed(var reason) -> Optional.of(reason);
        };
    }

    private static Optional<String> unreadable(RemoteEngine engine, long shownMax) {
        try {
            engine.check(shownMax);
            return Optional.empty();
        } catch (IllegalStateException lost) {
            return Optional.of(String.valueOf(lost.getMessage()));
        }
    }
}
