package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;

import org.elohim.cluster.family.Family;
import org.elohim.node.sync.Watch;
import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class SiblingsTest {
    private static final Address ATTIC = new Address("192.168.1.7", 4002);

    @TempDir Path directory;
    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "siblings");
    private final BlockingQueue<Address> asked = new LinkedBlockingQueue<>();
    private final CompletableFuture<DoorWords> answer = new CompletableFuture<>();

    @AfterEach
    void end() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }

    private ActorRef<Siblings.Command> begin() {
        ActorRef<Family.Command> family =
                system.systemActorOf(Behaviors.ignore(), "family", Props.empty());
        ActorRef<Siblings.Command> siblings =
                system.systemActorOf(
                        Siblings.create(
                                NodeKey.generate().id(),
                                new KnownAddresses(directory),
                                family,
                                _ -> {}),
                        "siblings",
                        Props.empty());
        siblings.tell(
                new Siblings.Command.Begin(
                        new Siblings.Calls() {
                            @Override
                            public CompletionStage<DoorWords> ask(Address address, boolean misses) {
                                asked.add(address);
                                return answer;
                            }

                            @Override
                            public CompletionStage<?> call(Address address, Watch watch) {
                                return new CompletableFuture<>();
                            }
                        }));
        return siblings;
    }

    private List<Address> remembered() {
        return new KnownAddresses(directory).all();
    }

    @Test
    void theAddressesOfACodeAreAskedAtOnceAndRemembered() throws Exception {
        begin().tell(new Siblings.Command.OfCode(List.of(ATTIC)));

        assertEquals(ATTIC, asked.poll(20, TimeUnit.SECONDS));
        assertEquals(List.of(ATTIC), remembered());
    }

    @Test
    void whoIsForgottenWhileItAnswersIsNotRememberedAgain() throws Exception {
        NodeId node = NodeKey.generate().id();
        new KnownAddresses(directory).remember(ATTIC, Optional.of(node));
        ActorRef<Siblings.Command> siblings = begin();
        siblings.tell(new Siblings.Command.MayBeAt(ATTIC));
        assertEquals(ATTIC, asked.poll(20, TimeUnit.SECONDS));

        siblings.tell(new Siblings.Command.Forget(node));
        answer.complete(
                new DoorWords(
                        new Account(node, "there", Set.of(), Set.of(), Optional.empty()), "there"));
        Siblings.All all =
                AskPattern.<Siblings.Command, Siblings.All>ask(
                                siblings,
                                Siblings.Command.Tell::new,
                                Duration.ofSeconds(20),
                                system.scheduler())
                        .toCompletableFuture()
                        .join();

        assertEquals(List.of(), all.siblings());
        assertEquals(List.of(), remembered());
    }
}
