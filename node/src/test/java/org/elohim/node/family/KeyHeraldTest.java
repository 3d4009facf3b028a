package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;

import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

class KeyHeraldTest {
    private static final Address ATTIC = new Address("192.168.1.7", 4002);
    private static final long DAY_MILLIS = 86_400_000;
    private static final Address CELLAR = new Address("192.168.1.8", 4002);

    private final NodeId attic = NodeKey.generate().id();
    private final NodeId cellar = NodeKey.generate().id();
    private final InstantSource clock = InstantSource.system();
    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "herald");
    private FamilyKeys keys;

    @TempDir Path directory;

    @BeforeEach
    void open() throws Exception {
        keys = FamilyKeys.open(directory, clock, Optional.empty(), "");
        keys.create();
    }

    @AfterEach
    void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }

    private KeyHerald herald(Behavior<Siblings.Command> siblings) {
        ActorRef<Siblings.Command> asked =
                system.systemActorOf(siblings, "siblings", Props.empty());
        return new KeyHerald(system, keys, asked, this::exchange, clock);
    }

    // The cellar cannot be reached.
    private CompletableFuture<String> exchange(Address address, String told) {
        return address.equals(ATTIC)
                ? CompletableFuture.completedFuture(told)
                : CompletableFuture.failedFuture(new IllegalStateException("no route"));
    }

    private Behavior<Siblings.Command> knowing(Address... addresses) {
        List<Acquaintances.Found> found =
                List.of(addresses).stream()
                        .map(
                                each ->
                                        new Acquaintances.Found(
                                                each,
                                                Optional.of(each.equals(ATTIC) ? attic : cellar),
                                                true,
                                                ""))
                        .toList();
        return Behaviors.receiveMessage(
                command -> {
                    if (command instanceof Siblings.Command.Tell(var replyTo)) {
                        replyTo.tell(new Siblings.All(found));
                    }
                    return Behaviors.same();
                });
    }

    /// As of a node whose router lets nobody in: it calls, and nobody calls it.
    @Test
    void whoCannotBeCalledHearsOfANewKeyByAsking() throws Exception {
        KeyRing theirs =
                keys.held().rotated(FamilyKeys.randomKey(), DAY_MILLIS, DAY_MILLIS, clock.millis());
        ActorRef<Siblings.Command> siblings =
                system.systemActorOf(knowing(ATTIC), "siblings", Props.empty());
        var herald =
                new KeyHerald(
                        system,
                        keys,
                        siblings,
                        (_, _) ->
                                CompletableFuture.completedFuture(
                                        KeysText.answer(theirs, clock.millis()).render()),
                        clock);
        herald.begin();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!keys.held().newest().key().equals(theirs.newest().key())) {
            assertTrue(System.nanoTime() < deadline, "the new key is heard of");
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void noKeyIsChangedBeforeItIsKnownWhomToGiveIt() throws Exception {
        KeyRing before = keys.held();
        var rotated =
                herald(Behaviors.ignore()).rotate(KeyRing.AT_ONCE, Set.of()).toCompletableFuture();
        var failed =
                assertThrows(ExecutionException.class, () -> rotated.get(30, TimeUnit.SECONDS));
        String sentence =
                assertInstanceOf(FamilyKeys.Refused.class, failed.getCause()).getMessage();
        assertTrue(sentence.startsWith("The family's key was not changed"), sentence);
        assertEquals(before, keys.held());
        assertEquals(before, FamilyKeys.open(directory, clock, Optional.empty(), "").held());
    }

    @Test
    void whoHasTheNewKeyAndWhoHasNotIsReported() throws Exception {
        FamilyKey before = keys.held().newest().key();
        KeyHerald.Report report =
                herald(knowing(ATTIC, CELLAR))
                        .rotate(KeyRing.AT_ONCE, Set.of())
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS);
        assertEquals(List.of(attic), report.given());
        assertEquals(Map.of(cellar, "no route"), report.notGiven());
        assertFalse(
                keys.held().keys().stream().anyMatch(held -> held.key().equals(before)),
                "the old one counts no more");
    }

    @Test
    void whoIsNotToHaveItIsNotAsked() throws Exception {
        KeyHerald.Report report =
                herald(knowing(ATTIC, CELLAR))
                        .rotate(KeyRing.AT_ONCE, Set.of(cellar))
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS);
        assertEquals(List.of(attic), report.given());
        assertEquals(Map.of(), report.notGiven());
    }
}
