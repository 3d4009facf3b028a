package org.elohim.cluster.token;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.Patience;
import org.elohim.cluster.journal.Waiter;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.LedgerEntry;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The tokens that devices and apps come with, issued here or at another node of the family.
///
/// Invariants: a token's text is never seen here, only its hash; a revoked token never comes back,
/// whoever issues it again or hands it on; an answer of "issued" or "revoked" survives a crash.
///
/// What is in force is answered from here alone, so that devices are let in while the family's
/// ledger cannot be read. Whoever keeps the ledger hears of each event, and brings what others did.
public final class Tokens extends EventSourcedBehavior<Tokens.Command, Tokens.Event, Tokens.State> {
    static final int LABEL_CHARS_MAX = LedgerEntry.LABEL_CHARS_MAX;
    static final int SCOPES_MAX = LedgerEntry.SCOPES_MAX;
    // A family has dozens; a thousand means that a script makes them and nobody revokes any. It
    // holds where a token is made, never for what another node has let in.
    static final int TOKENS_MAX = 1_000;
    // A revocation is remembered for ever, or an older disk of another node could undo it. Ten
    // tokens a week for nineteen years.
    static final int REMEMBERED_MAX = 10_000;

    private static final int EVENTS_PER_SNAPSHOT = 100;
    private static final int SNAPSHOTS_KEPT = 2;

    /// What can be asked.
    public sealed interface Command {
        record Issue(
                ContentHash hash,
                String label,
                List<Scope> scopes,
                ActorRef<StatusReply<Token>> replyTo)
                implements Command {}

        /// By the id that people see; answered with what was revoked.
        record Revoke(String id, ActorRef<StatusReply<Token>> replyTo) implements Command {}

        record All(ActorRef<List<Token>> replyTo) implements Command {}

        record Check(ContentHash hash, ActorRef<Optional<Token>> replyTo) implements Command {}

        /// What the family knows and this node may not: answered once it is fsynced.
        record Learn(
                List<Token> issued,
                Map<ContentHash, Instant> revoked,
                ActorRef<StatusReply<Known>> replyTo)
                implements Command {
            public Learn {
                issued = List.copyOf(issued);
                revoked = Map.copyOf(revoked);
            }
        }

        /// All that is known, for comparison.
        record Know(ActorRef<Known> replyTo) implements Command {}
    }

    /// All that is known of tokens here.
    public record Known(Map<ContentHash, Token> inForce, Map<ContentHash, Instant> revoked) {
        public Known {
            inForce = Map.copyOf(inForce);
            revoked = Map.copyOf(revoked);
        }
    }

    /// What happened; `at` is shown to people and never used for order.
    public sealed interface Event extends Journaled {
        record Issued(Token token) implements Event {}

        record Revoked(ContentHash hash, Instant at) implements Event {}
    }

    /// The tokens in force in the order in which they came to be known here, and those that are not
    /// any more.
    public record State(Map<ContentHash, Token> tokens, Map<ContentHash, Instant> revoked)
            implements Journaled {
        public State {
            tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
            revoked = Collections.unmodifiableMap(new LinkedHashMap<>(revoked));
        }

        /// Oldest first, so that all nodes of a family show the same list.
        List<Token> all() {
            return tokens.values().stream()
                    .sorted(Comparator.comparing(Token::issuedAt).thenComparing(Token::hash))
                    .toList();
        }

        Known known() {
            return new Known(tokens, revoked);
        }

        Optional<Token> byId(String id) {
            return tokens.values().stream().filter(token -> token.id().equals(id)).findFirst();
        }
    }

    private final InstantSource clock;
    private final Waiter waiter;

    private Tokens(NodeId node, InstantSource clock, BooleanSupplier takesWrites) {
        super(PersistenceId.of("Tokens", node.toString()), Patience.restart());
        this.clock = clock;
        this.waiter = new Waiter(takesWrites);
    }

    /// The tokens that this node knows.
    ///
    /// @param takesWrites whether the disk took what was last to be written
    public static Behavior<Command> create(
            NodeId node, InstantSource clock, BooleanSupplier takesWrites) {
        return new Tokens(node, clock, takesWrites);
    }

    @Override
    public State emptyState() {
        return new State(Map.of(), Map.of());
    }

    @Override
    public CommandHandler<Command, Event, State> commandHandler() {
        return this::decide;
    }

    private Effect<Event, State> decide(State state, Command command) {
        return switch (command) {
            case Command.Issue issue -> issue(state, issue);
            case Command.Revoke(var id, var replyTo) ->
                    state.byId(id)
                            .map(token -> write(List.of(revoked(token)), replyTo, _ -> token))
                            .orElseGet(() -> refuse(replyTo, "no token has the id " + id));
            case Command.All(var replyTo) -> Effect().reply(replyTo, state.all());
            case Command.Check(var hash, var replyTo) ->
                    Effect().reply(replyTo, Optional.ofNullable(state.tokens().get(hash)));
            case Command.Learn learn -> write(news(state, learn), learn.replyTo(), State::known);
            case Command.Know(var replyTo) -> Effect().reply(replyTo, state.known());
        };
    }

    private static List<Event> news(State state, Command.Learn learn) {
        var news = new ArrayList<Event>();
        learn.revoked().entrySet().stream()
                .filter(each -> !state.revoked().containsKey(each.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> news.add(new Event.Revoked(each.getKey(), each.getValue())));
        learn.issued().stream()
                .filter(token -> !state.revoked().containsKey(token.hash()))
                .filter(token -> !learn.revoked().containsKey(token.hash()))
                .filter(token -> !token.equals(state.tokens().get(token.hash())))
                .forEach(token -> news.add(new Event.Issued(token)));
        return news;
    }

    private Effect<Event, State> issue(State state, Command.Issue issue) {
        Token known = state.tokens().get(issue.hash());
        if (known != null) {
            // The sender may have lost our first answer.
            return Effect().reply(issue.replyTo(), StatusReply.success(known));
        }
        Optional<String> complaint = complaint(state, issue);
        if (complaint.isPresent()) {
            return refuse(issue.replyTo(), complaint.get());
        }
        var token = new Token(issue.hash(), issue.label(), issue.scopes(), now());
        return write(List.of(new Event.Issued(token)), issue.replyTo(), _ -> token);
    }

    private <T> Effect<Event, State> write(
            List<Event> events, ActorRef<StatusReply<T>> replyTo, Function<State, T> answer) {
        if (!events.isEmpty() && !waiter.waits(replyTo)) {
            return Effect().none();
        }
        return Effect()
                .persist(events)
                .thenRun(
                        after -> {
                            waiter.written();
                            replyTo.tell(StatusReply.success(answer.apply(after)));
                        });
    }

    private static Optional<String> complaint(State state, Command.Issue issue) {
        if (issue.label().isBlank() || issue.label().length() > LABEL_CHARS_MAX) {
            return Optional.of("a label has 1 to " + LABEL_CHARS_MAX + " characters");
        }
        if (issue.scopes().isEmpty() || issue.scopes().size() > SCOPES_MAX) {
            return Optional.of("a token has 1 to " + SCOPES_MAX + " scopes");
        }
        if (state.revoked().containsKey(issue.hash())) {
            return Optional.of("this token was revoked; a new one has another text");
        }
        if (state.tokens().size() + state.revoked().size() >= REMEMBERED_MAX) {
            return Optional.of(
                    "there have been %d tokens, and revoked ones are remembered for ever; use those that there are"
                            .formatted(REMEMBERED_MAX));
        }
        return state.tokens().size() >= TOKENS_MAX
                ? Optional.of("there are " + TOKENS_MAX + " tokens already; revoke some")
                : Optional.empty();
    }

    // As it is stored and handed on: else the same token would differ before and after a restart.
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private Event revoked(Token token) {
        return new Event.Revoked(token.hash(), now());
    }

    private Effect<Event, State> refuse(ActorRef<StatusReply<Token>> replyTo, String reason) {
        return Effect().reply(replyTo, StatusReply.error(reason));
    }

    @Override
    public EventHandler<State, Event> eventHandler() {
        return Tokens::evolve;
    }

    static State evolve(State state, Event event) {
        Map<ContentHash, Token> tokens = new LinkedHashMap<>(state.tokens());
        Map<ContentHash, Instant> revoked = state.revoked();
        switch (event) {
            case Event.Issued(var token) -> {
                if (!revoked.containsKey(token.hash())) {
                    tokens.put(token.hash(), token);
                }
            }
            case Event.Revoked(var hash, var at) -> {
                tokens.remove(hash);
                revoked = new LinkedHashMap<>(revoked);
                revoked.putIfAbsent(hash, at);
            }
        }
        return new State(tokens, revoked);
    }

    @Override
    public SignalHandler<State> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(PreRestart.instance(), _ -> waiter.failed())
                .onSignal(PostStop.instance(), _ -> waiter.failed())
                .build();
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(EVENTS_PER_SNAPSHOT, SNAPSHOTS_KEPT);
    }
}
