package org.elohim.cluster.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.testkit.typed.javadsl.ActorTestKit;

import org.elohim.cluster.repo.RepoClients.Command;
import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.List;

/// What the clients' actors of two nodes say to each other.
class OverheardTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    @Test
    void arrivesAsItWasSent() {
        var word = new Command.Overheard(Bytes.copyOf(new byte[] {1, 2, (byte) 0xff}));
        assertEquals(word, KIT.serializationTestKit().verifySerialization(word, true));
        var asked = new Command.Follow(List.of("one", "two"), KIT.<Command>createTestProbe().ref());
        assertEquals(asked, KIT.serializationTestKit().verifySerialization(asked, true));
    }
}
