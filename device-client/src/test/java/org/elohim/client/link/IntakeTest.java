package org.elohim.client.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.store.LocalStore;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

class IntakeTest {
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final NodeId NODE = NodeKey.generate().id();

    @TempDir Path directory;

    @Test
    void aLifeThatNobodyCanHaveReachedIsNotTakenAndThatIsTold() {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.nodes().remember("ws://a/device", "t");
            store.nodes().recognise("ws://a/device", NODE);
            var intake = new Intake(store);
            var mark =
                    new Output.TakeMark(
                            1, StreamEntry.Kind.DELETED, DOCUMENT, SyncMessage.LIFE_MAX - 1);
            var digest =
                    new SyncMessage.Digest(
                            DOCUMENT, ChangeGraph.digest(List.of()), SyncMessage.LIFE_MAX);

            List<Input> answers = intake.take(NODE, List.of(mark));
            intake.compared(NODE, new Output.CompareDigests(2, List.of(digest), List.of()));

            assertEquals(1, answers.size(), "the node can go on");
            assertEquals(0, store.life(DOCUMENT));
            String told = store.nodes().refusals().getFirst().explanation();
            assertTrue(told.contains("deleted and restored"), told);

            intake.take(
                    NODE, List.of(new Output.TakeMark(3, StreamEntry.Kind.DELETED, DOCUMENT, 1)));
            assertEquals(1, store.life(DOCUMENT));
        }
    }
}
