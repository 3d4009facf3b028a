package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;

import org.elohim.cluster.family.Family;
import org.elohim.node.sync.Watch;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class SiblingsTest {
    private static final Address ATTIC = new Address("192.168.1.7", 4002);

    @TempDir Path directory;

    @Test
    void theAddressesOfACodeAreAskedAtOnceAndRemembered() throws Exception {
        BlockingQueue<Address> asked = new LinkedBlockingQueue<>();
        var calls =
                new Siblings.Calls() {
                    @Override
                    public CompletionStage<DoorWords> ask(Address address, boolean misses) {
                        asked.add(address);
                        return new CompletableFuture<>();
                    }

                    @Override
                    public CompletionStage<?> call(Address address, Watch watch) {
                        return new CompletableFuture<>();
                    }
                };
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "siblings");
        try {
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
            siblings.tell(new Siblings.Command.Begin(calls));
            siblings.tell(new Siblings.Command.OfCode(List.of(ATTIC)));

            assertEquals(ATTIC, asked.poll(20, TimeUnit.SECONDS));
            assertEquals(List.of(ATTIC), new KnownAddresses(directory).all());
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }
}
