package org.elohim.cluster.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.elohim.cluster.registry.RegisteredNode.Command;
import org.elohim.cluster.registry.RegisteredNode.Decision;
import org.elohim.cluster.registry.RegisteredNode.Event;
import org.elohim.cluster.registry.RegisteredNode.State;
import org.elohim.cluster.registry.RegisteredNode.Summary;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Random commands against a model of three lines: the last accepted name and capacity, if any.
class RegisteredNodeProperties {
    private record Model(String name, Capacity capacity) {}

    /// A command before it has somebody to answer to.
    sealed interface Step {
        record Register(String name, Capacity capacity) implements Step {}

        record Update(Capacity capacity) implements Step {}

        record Get() implements Step {}
    }

    @Property
    void anySequenceOfCommandsEndsWhereTheModelEndsAndReplaysToTheSame(
            @ForAll("steps") List<Step> steps) {
        Optional<Model> model = Optional.empty();
        State state = new State.Unknown();
        List<Event> journal = new ArrayList<>();
        for (int second = 0; second < steps.size(); second++) {
            Step step = steps.get(second);
            Command command = command(step);
            Instant now = Instant.ofEpochSecond(second);
            Optional<Model> before = model;
            model = next(model, step);

            Decision decision = RegisteredNode.decide(state, command, now);
            if (decision instanceof Decision.Accepted(List<Event> events)) {
                for (Event event : events) {
                    state = RegisteredNode.evolve(state, event);
                }
                journal.addAll(events);
                assertEquals(before.equals(model), events.isEmpty(), "journals only changes");
                assertEquals(
                        new Decision.Accepted(List.of()),
                        RegisteredNode.decide(state, command, now.plusSeconds(1)),
                        "a repeated command journals nothing");
            } else {
                assertEquals(before, model, "a refused command changes nothing");
            }
            assertEquals(model, described(state));
        }

        State replayed = new State.Unknown();
        for (Event event : journal) {
            replayed = RegisteredNode.evolve(replayed, event);
        }
        assertEquals(state, replayed);
    }

    @Property
    void noOrderOfEventsStopsAReplay(@ForAll("steps") List<Step> steps) {
        State state = new State.Unknown();
        for (Step step : steps) {
            Event event =
                    switch (step) {
                        case Step.Register(var name, _) -> new Event.Renamed(name, Instant.EPOCH);
                        case Step.Update(var capacity) ->
                                new Event.CapacityUpdated(capacity, Instant.EPOCH);
                        case Step.Get() ->
                                new Event.Registered(
                                        "", new Capacity(0, 0, Long.MAX_VALUE), Instant.EPOCH);
                    };
            state = RegisteredNode.evolve(state, event);
        }
        assertInstanceOf(State.class, state);
    }

    private static Optional<Model> next(Optional<Model> model, Step step) {
        return switch (step) {
            case Step.Register(var name, var capacity)
                    when !name.isBlank() && sane(capacity) && name.length() <= 200 ->
                    Optional.of(new Model(name, capacity));
            case Step.Update(var capacity) when sane(capacity) ->
                    model.map(known -> new Model(known.name(), capacity));
            case Step.Register _ -> model;
            case Step.Update _ -> model;
            case Step.Get() -> model;
        };
    }

    private static boolean sane(Capacity capacity) {
        return capacity.cpuCores() <= 1_024
                && capacity.memoryBytes() <= 10_000_000_000_000L
                && capacity.storageBytes() <= 10_000_000_000_000_000L;
    }

    private static Optional<Model> described(State state) {
        return switch (state) {
            case State.Unknown() -> Optional.empty();
            case State.Known(var name, var capacity, _, _) ->
                    Optional.of(new Model(name, capacity));
        };
    }

    private static Command command(Step step) {
        ActorRef<StatusReply<Summary>> nobody = TestInbox.<StatusReply<Summary>>create().getRef();
        return switch (step) {
            case Step.Register(var name, var capacity) ->
                    new Command.Register(name, capacity, nobody);
            case Step.Update(var capacity) -> new Command.UpdateCapacity(capacity, nobody);
            case Step.Get() -> new Command.Get(nobody);
        };
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        // Few names and sizes, so that repetitions and returns happen often.
        var names = Arbitraries.of("attic", "cellar", " ", "x".repeat(201));
        var capacities =
                Combinators.combine(
                                Arbitraries.of(0, 4, 1_024, 1_025),
                                Arbitraries.of(0L, 10_000_000_000_000L, 10_000_000_000_001L),
                                Arbitraries.of(1L, 10_000_000_000_000_000L, Long.MAX_VALUE))
                        .as(Capacity::new);
        return Arbitraries.<Step>oneOf(
                        List.of(
                                Combinators.combine(names, capacities).as(Step.Register::new),
                                capacities.map(Step.Update::new),
                                Arbitraries.just(new Step.Get())))
                .list()
                .ofMaxSize(30);
    }
}
