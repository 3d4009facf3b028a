package org.elohim.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.store.LocalStore;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How far a change has come, and why no farther.
class AwaitTest extends ReplicaOnDisk {
    @Test
    void withoutANodeWaitingTellsWhy() {
        try (var replica = Replica.open(directory)) {
            set(replica.create(), "Milk");
            assertEquals(
                    new Reached(Optional.empty(), "this device knows no node yet; connect one"),
                    replica.await(Tier.ACCEPTED, Duration.ofMillis(1)));
            assertThrows(IllegalArgumentException.class, () -> replica.connect("home.local"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> replica.connect("ws://home.local:8080/device"));
            replica.connect("ws://127.0.0.1:9/device?token=t");
            SyncStatus status = replica.sync(Duration.ofSeconds(20));
            assertEquals("ws://127.0.0.1:9/device", status.nodes().getFirst().url());
            assertEquals(
                    "1 change not yet on the node; the node cannot be reached",
                    status.nodes().getFirst().sentence());
        }
    }

    @Test
    void oneNodeIsEnoughWhateverAnotherRefuses() {
        try (var replica = Replica.openOffline(directory)) {
            String one = replica.connect("ws://one/device?token=t");
            String other = replica.connect("ws://other/device?token=t");
            Document note = replica.create();
            set(note, "Milk");
            refuse(one, note.id(), note.heads());
            acknowledge(one, 1);
            Reached refused = note.await(Tier.ACCEPTED, Duration.ZERO);
            assertEquals(Optional.empty(), refused.tier());
            assertTrue(refused.whyNotMore().contains(one + ": the node refuses it: not yours"));
            assertTrue(refused.whyNotMore().contains(other + ": 1 change not yet on the node"));

            acknowledge(other, 1);
            assertEquals(
                    new Reached(Optional.of(Tier.ACCEPTED), ""),
                    note.await(Tier.ACCEPTED, Duration.ZERO));
        }
    }

    @Test
    void aRefusedDeletionIsTold() {
        try (var replica = Replica.openOffline(directory)) {
            String node = replica.connect("ws://one/device?token=t");
            Document note = replica.create();
            set(note, "Milk");
            assertTrue(note.delete());
            refuse(node, note.id(), List.of());
            acknowledge(node, 2);

            assertTrue(note.await(Tier.ACCEPTED, Duration.ZERO).whyNotMore().contains("not yours"));
            assertEquals(Optional.empty(), replica.status().refusals().getFirst().change());
            assertEquals(1, replica.status().nodes().getFirst().refused());
        }
    }

    private void refuse(String url, DocumentId id, List<ContentHash> changes) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.nodes()
                    .refused(
                            url,
                            "t",
                            new SyncMessage.Refused(id, changes, Limit.REACH, "not yours"));
        }
    }

    private void acknowledge(String url, long through) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            var mine = new Positions.Saved(1, through, Map.of(Lane.LOCAL, through));
            store.nodes().persist(url, "t", new Output.State(mine, 0, 0, 0, false));
        }
    }
}
