package org.elohim.cluster.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit;

import org.elohim.cluster.registry.RegisteredNode.Command;
import org.elohim.cluster.registry.RegisteredNode.Event;
import org.elohim.cluster.registry.RegisteredNode.State;
import org.elohim.cluster.registry.RegisteredNode.Summary;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

class RegisteredNodeTest {
    private static final NodeId NODE = new NodeId(Bytes.parseHex("07".repeat(32)));
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00.123Z");
    private static final Capacity SMALL = new Capacity(4, 8_000_000_000L, 1_000_000_000_000L);
    private static final Capacity LARGE = new Capacity(16, 64_000_000_000L, 9_000_000_000_000L);
    private static final String NAME = "attic's Rack";

    private static ActorTestKit actors;
    private EventSourcedBehaviorTestKit<Command, Event, State> node;

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create(EventSourcedBehaviorTestKit.config());
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    // The kit writes every event, state and command through Akka's serialization as well; commands
    // and replies have no format yet.
    @BeforeEach
    void create() {
        node =
                EventSourcedBehaviorTestKit.create(
                        actors.system(),
                        RegisteredNode.create(
                                NODE, InstantSource.fixed(NOW.plusNanos(7)), () -> true),
                        EventSourcedBehaviorTestKit.disabledSerializationSettings());
    }

    @Test
    void aRegisteredNodeIsDescribedToWhoeverAsks() {
        assertTrue(ask(Command.Get::new).isError());

        var registered = ask(to -> new Command.Register(NAME, SMALL, to));

        assertEquals(new Summary(NODE, NAME, SMALL, NOW, NOW), registered.getValue());
        assertEquals(registered.getValue(), ask(Command.Get::new).getValue());
    }

    @Test
    void aRepeatedRegistrationIsAnsweredLikeTheFirstAndJournalsNothing() {
        var first = ask(to -> new Command.Register(NAME, SMALL, to));

        var again =
                node.<StatusReply<Summary>>runCommand(to -> new Command.Register(NAME, SMALL, to));

        assertEquals(first.getValue(), again.reply().getValue());
        assertTrue(again.hasNoEvents());
    }

    @Test
    void registeringAgainJournalsOnlyWhatChanged() {
        ask(to -> new Command.Register(NAME, SMALL, to));

        var renamed =
                node.<StatusReply<Summary>>runCommand(
                        to -> new Command.Register("cellar", SMALL, to));
        var both =
                node.<StatusReply<Summary>>runCommand(to -> new Command.Register(NAME, LARGE, to));

        assertEquals(List.of(new Event.Renamed("cellar", NOW)), renamed.events());
        assertEquals(
                List.of(new Event.Renamed(NAME, NOW), new Event.CapacityUpdated(LARGE, NOW)),
                both.events());
        assertEquals(new Summary(NODE, NAME, LARGE, NOW, NOW), both.reply().getValue());
    }

    @Test
    void aRepeatedCapacityJournalsNothing() {
        ask(to -> new Command.Register(NAME, SMALL, to));
        var first = ask(to -> new Command.UpdateCapacity(LARGE, to));

        var again =
                node.<StatusReply<Summary>>runCommand(to -> new Command.UpdateCapacity(LARGE, to));

        assertEquals(first.getValue(), again.reply().getValue());
        assertTrue(again.hasNoEvents());
    }

    @Test
    void anUnregisteredNodeHasNoCapacityToUpdate() {
        var refused =
                node.<StatusReply<Summary>>runCommand(to -> new Command.UpdateCapacity(LARGE, to));

        assertTrue(refused.reply().isError());
        assertTrue(refused.hasNoEvents());
    }

    @ParameterizedTest
    @CsvSource({
        "1025, 1, 1",
        "1, 10000000000001, 1",
        "1, 1, 10000000000000001",
        "2147483647, 1, 1",
    })
    void moreThanAnyMachineHasIsRefusedByName(int cores, long memory, long storage) {
        var absurd = new Capacity(cores, memory, storage);

        var refused = ask(to -> new Command.Register(NAME, absurd, to));

        assertTrue(refused.isError());
        assertTrue(String.valueOf(refused.getError()).contains("at most"));
        ask(to -> new Command.Register(NAME, SMALL, to));
        assertTrue(ask(to -> new Command.UpdateCapacity(absurd, to)).isError());
        assertEquals(SMALL, ask(Command.Get::new).getValue().capacity());
    }

    @Test
    void theLimitsThemselvesAreAccepted() {
        var largest = new Capacity(1_024, 10_000_000_000_000L, 10_000_000_000_000_000L);

        assertFalse(ask(to -> new Command.Register(NAME, largest, to)).isError());
    }

    @Test
    void aBlankOrEndlessNameIsRefused() {
        assertTrue(ask(to -> new Command.Register(" ", SMALL, to)).isError());
        assertTrue(ask(to -> new Command.Register("x".repeat(201), SMALL, to)).isError());
    }

    @Test
    void aRestartChangesNothing() {
        ask(to -> new Command.Register(NAME, SMALL, to));
        ask(to -> new Command.UpdateCapacity(LARGE, to));
        State before = node.getState();

        assertEquals(before, node.restart().state());
    }

    @Test
    void thePersistenceIdNamesTypeAndNode() {
        assertEquals("RegisteredNode|" + NODE, RegisteredNode.persistenceId(NODE).id());
    }

    private StatusReply<Summary> ask(Function<ActorRef<StatusReply<Summary>>, Command> command) {
        return node.<StatusReply<Summary>>runCommand(command).reply();
    }
}
