package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A peer that says whatever it likes, and a disk that answers late or never.
class HostilePeerProperties {
    private static final int STEPS_MAX = 60;

    @Property(tries = 2_000)
    @Label("R-16: no sequence of messages breaks a session, and an honest peer gets in afterwards")
    void nothingThePeerSaysBreaksTheSession(@ForAll("scripts") List<Step> script) {
        var session =
                new SyncSession(
                        new SyncSession.Config(
                                Messages.node(1),
                                Messages.node(2),
                                5,
                                0,
                                _ -> true,
                                id -> id.uuid().at(0) % 2 == 0,
                                true),
                        Output.State.initial(3));
        Deque<Output> asked = new ArrayDeque<>();
        long connection = 1;
        long nowMillis = 1;
        run(session, new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY), asked);
        run(session, new Input.Received(connection, hello()), asked);
        for (Step step : script) {
            nowMillis += step.millis();
            run(session, new Input.Tick(nowMillis), asked);
            if (step.reconnect()) {
                connection++;
                run(session, new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY), asked);
                run(session, new Input.Received(connection, hello()), asked);
            }
            run(session, new Input.Received(connection, step.message()), asked);
            if (step.answer() && !asked.isEmpty()) {
                answer(session, asked.remove(), asked);
            }
        }
        connection++;
        List<Output> greeting =
                run(session, new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY), asked);
        long open = connection;
        assertTrue(
                greeting.stream()
                        .anyMatch(o -> o instanceof Output.Send(long to, var _) && to == open));
        List<Output> after = run(session, new Input.Received(connection, hello()), asked);
        assertTrue(after.stream().noneMatch(Output.Close.class::isInstance), after.toString());
    }

    record Step(SyncMessage message, int millis, boolean reconnect, boolean answer) {}

    @Provide
    Arbitrary<List<Step>> scripts() {
        return Combinators.combine(
                        messages(),
                        Arbitraries.of(0, 1, 200, 5_000, 40_000),
                        Arbitraries.of(true, false, false, false, false),
                        Arbitraries.of(true, true, false))
                .as(Step::new)
                .list()
                .ofMaxSize(STEPS_MAX);
    }

    // Small positions too, since those of any number hardly ever follow each other.
    private static Arbitrary<SyncMessage> messages() {
        Arbitrary<Long> position = Arbitraries.longs().between(1, 6);
        Arbitrary<SyncMessage> events =
                Combinators.combine(
                                position,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.integers().between(0, 9))
                        .as(
                                (first, document, hash) ->
                                        new SyncMessage.Events(
                                                first,
                                                List.of(
                                                        new SyncMessage.Event(
                                                                Messages.document(document),
                                                                List.of(Messages.hash(hash)),
                                                                Lane.NEW,
                                                                List.of()))));
        Arbitrary<SyncMessage> acks = position.map(p -> new SyncMessage.Ack(p, Tier.DURABLE));
        Arbitrary<SyncMessage> marks =
                Combinators.combine(
                                position,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.longs().between(1, 4))
                        .as(
                                (first, number, life) -> {
                                    var document = Messages.document(number);
                                    return switch ((int) (life % 4)) {
                                        case 0 -> new SyncMessage.Withdrawn(first, document);
                                        case 2 -> new SyncMessage.Restored(first, document, life);
                                        default -> new SyncMessage.Deleted(first, document, life);
                                    };
                                });
        return Arbitraries.oneOf(Messages.any(), events, events, acks, marks);
    }

    private static SyncMessage hello() {
        return new SyncMessage.Hello(
                1, Messages.node(2), 0, 9, 4, 3, 5, 0, Bytes.EMPTY, Bytes.EMPTY);
    }

    private static List<Output> run(SyncSession session, Input input, Deque<Output> asked) {
        List<Output> outputs = session.handle(input);
        session.checkInvariants();
        outputs.stream()
                .filter(
                        output ->
                                !(output instanceof Output.Send)
                                        && !(output instanceof Output.Persist))
                .forEach(asked::add);
        return outputs;
    }

    private static void answer(SyncSession session, Output output, Deque<Output> asked) {
        switch (output) {
            case Output.ReadPage read ->
                    run(
                            session,
                            new Input.Page(read.ticket(), List.of(), read.after(), true),
                            asked);
            case Output.Take take -> {
                Set<ContentHash> half = new HashSet<>();
                take.awaited().stream().filter(h -> h.bytes().at(0) % 2 == 0).forEach(half::add);
                List<ContentHash> rest =
                        take.awaited().stream().filter(h -> !half.contains(h)).toList();
                run(
                        session,
                        new Input.Taken(take.ticket(), half, List.of(), rest, List.of(), List.of()),
                        asked);
            }
            case Output.TakeMark mark ->
                    run(
                            session,
                            new Input.Taken(
                                    mark.ticket(),
                                    Set.of(),
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    List.of()),
                            asked);
            case Output.ReadChanges read ->
                    run(session, new Input.ChangesRead(read.ticket(), List.of()), asked);
            case Output.ReadDigests read ->
                    run(session, new Input.DigestsRead(read.ticket(), List.of(), true), asked);
            case Output.CompareDigests compare ->
                    run(session, new Input.Compared(compare.ticket(), List.of()), asked);
            case Output.Send _,
                    Output.Close _,
                    Output.Persist _,
                    Output.Acknowledged _,
                    Output.Refused _ -> {}
        }
    }
}
