package org.elohim.cluster.token;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;

import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.Patience;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tokens that devices and apps come with.
///
/// Invariants: a token's text is never seen here, only its hash; a revoked token never comes back;
/// an answer of "issued" or "revoked" survives a crash.
public final class Tokens extends EventSourcedBehavior<Tokens.Command, Tokens.Event, Tokens.State> {
    static final int LABEL_CHARS_MAX = 100;
    static final int SCOPES_MAX = 100;
    // A family has dozens; a thousand means that a script makes them and nobody revokes any.
    static final int TOKENS_MAX = 1_000;

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
    }

    /// What happened; `at` is shown to people and never used for order.
    public sealed interface Event extends Journaled {
        record Issued(Token token) implements Event {}

        record Revoked(ContentHash hash, Instant at) implements Event {}
    }

    /// The tokens in force, oldest first.
    public record State(Map<ContentHash, Token> tokens) implements Journaled {
        public State {
            tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
        }

        Optional<Token> byId(String id) {
            return tokens.values().stream().filter(token -> token.id().equals(id)).findFirst();
        }
    }

    private final InstantSource clock;

    private Tokens(NodeId node, InstantSource clock) {
        super(PersistenceId.of("Tokens", node.toString()), Patience.restart());
        this.clock = clock;
    }

    public static Behavior<Command> create(NodeId node, InstantSource clock) {
        return new Tokens(node, clock);
    }

    @Override
    public State emptyState() {
        return new State(Map.of());
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
                            .<Effect<Event, State>>map(
                                    token ->
                                            Effect()
                                                    .persist(revoked(token))
                                                    .thenReply(
                                                            replyTo,
                                                            _ -> StatusReply.success(token)))
                            .orElseGet(() -> refuse(replyTo, "no token has the id " + id));
            case Command.All(var replyTo) ->
                    Effect().reply(replyTo, List.copyOf(state.tokens().values()));
            case Command.Check(var hash, var replyTo) ->
                    Effect().reply(replyTo, Optional.ofNullable(state.tokens().get(hash)));
        };
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
        var token = new Token(issue.hash(), issue.label(), issue.scopes(), clock.instant());
        return Effect()
                .persist(new Event.Issued(token))
                .thenReply(issue.replyTo(), _ -> StatusReply.success(token));
    }

    private static Optional<String> complaint(State state, Command.Issue issue) {
        if (issue.label().isBlank() || issue.label().length() > LABEL_CHARS_MAX) {
            return Optional.of("a label has 1 to " + LABEL_CHARS_MAX + " characters");
        }
        if (issue.scopes().isEmpty() || issue.scopes().size() > SCOPES_MAX) {
            return Optional.of("a token has 1 to " + SCOPES_MAX + " scopes");
        }
        return state.tokens().size() >= TOKENS_MAX
                ? Optional.of("there are " + TOKENS_MAX + " tokens already; revoke some")
                : Optional.empty();
    }

    private Event revoked(Token token) {
        return new Event.Revoked(token.hash(), clock.instant());
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
        switch (event) {
            case Event.Issued(var token) -> tokens.put(token.hash(), token);
            case Event.Revoked(var hash, _) -> tokens.remove(hash);
        }
        return new State(tokens);
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(EVENTS_PER_SNAPSHOT, SNAPSHOTS_KEPT);
    }
}
