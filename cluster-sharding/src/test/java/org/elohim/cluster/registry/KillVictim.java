package org.elohim.cluster.registry;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.registry.RegisteredNode.Command;
import org.elohim.cluster.registry.RegisteredNode.Summary;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// The process that [KillTest] kills: counts several nodes' storage upwards for ever, says what it
/// found first ("found node number") and each acknowledgement ("ack node number").
final class KillVictim {
    static final int NODES = 4;

    private KillVictim() {}

    static void main(String[] arguments) {
        var journal = new JournalSystem(Path.of(arguments[0]));
        List<ActorRef<Command>> nodes = new ArrayList<>();
        List<Long> found = new ArrayList<>();
        for (int index = 0; index < NODES; index++) {
            nodes.add(spawn(journal, index));
            found.add(storage(journal, nodes.get(index)));
        }
        for (int index = 0; index < NODES; index++) {
            say("found", index, found.get(index));
        }
        for (int index = 0; index < NODES; index++) {
            int node = index;
            Thread.ofPlatform().start(() -> count(journal, nodes.get(node), node, found.get(node)));
        }
    }

    static NodeId nodeId(int index) {
        return new NodeId(Bytes.parseHex("%02x".formatted(index).repeat(32)));
    }

    private static void count(JournalSystem journal, ActorRef<Command> node, int index, long from) {
        for (long number = from + 1; ; number++) {
            var capacity = new Capacity(1, 1, number);
            journal.<Command, Summary>askWithStatus(
                            node,
                            number == 1
                                    ? to -> new Command.Register("attic", capacity, to)
                                    : to -> new Command.UpdateCapacity(capacity, to))
                    .join();
            say("ack", index, number);
        }
    }

    // Nothing registered counts as zero: the first command then registers.
    private static long storage(JournalSystem journal, ActorRef<Command> node) {
        return journal.askWithStatus(node, Command.Get::new)
                .thenApply(summary -> summary.capacity().storageBytes())
                .exceptionally(_ -> 0L)
                .join();
    }

    private static ActorRef<Command> spawn(JournalSystem journal, int index) {
        return journal.spawn(
                RegisteredNode.create(nodeId(index), InstantSource.system(), () -> true),
                "node-" + index);
    }

    private static synchronized void say(String word, int node, long number) {
        System.out.println(word + " " + node + " " + number);
        // Nobody reads any more: the test is gone, and nobody would kill this process.
        if (System.out.checkError()) {
            Runtime.getRuntime().halt(1);
        }
    }
}
