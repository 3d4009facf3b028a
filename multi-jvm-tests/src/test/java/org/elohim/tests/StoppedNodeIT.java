package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.util.Random;

/// Real devices at a node that is stopped and killed while they write.
class StoppedNodeIT extends NodeAndDevices {
    // More than a node acknowledges before it is killed, however often: else the last one would get
    // all that piled up.
    private static final int BACKLOG = 200;

    @Test
    void aCleanStopOfTheNodeForgetsNoPosition() throws Exception {
        try (var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            DocumentId document = document();
            try (var node = NodeProcess.ready(scratch, data())) {
                phone.connect(node.url(), operator());
                laptop.connect(node.url(), operator());
                for (int i = 0; i < 50; i++) {
                    phone.edit(document, 100);
                }
                NodeProcess.await("the laptop", () -> same(phone, laptop, document));
                NodeProcess.await("all to be level", () -> phone.isLevel() && laptop.isLevel());
                node.signal("TERM");
                node.awaitExit();
            }
            int before = laptop.heard.size();
            try (var node = NodeProcess.ready(scratch, data())) {
                phone.connect(node.url(), operator());
                laptop.connect(node.url(), operator());
                ContentHash next = phone.edit(document, 100);
                NodeProcess.await("the next edit", () -> laptop.has(document, next));
                long events =
                        laptop.heard.stream()
                                .skip(before)
                                .filter(SyncMessage.Events.class::isInstance)
                                .mapToLong(each -> ((SyncMessage.Events) each).events().size())
                                .sum();
                assertEquals(1, events, "nothing is sent twice");
            }
        }
    }

    /// Before the writers come back and could bring again what was lost, a newcomer reads
    /// what the node alone has.
    @Test
    void nothingAcknowledgedIsLostWhenTheNodeIsKilledWhileDevicesWrite() throws Exception {
        DocumentId document = document();
        int kills = Integer.getInteger("kills", 4);
        long seed = Long.getLong("kills.seed", new SecureRandom().nextLong());
        System.out.println("kills=" + kills + " seed=" + seed);
        var random = new Random(seed);
        try (var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            for (int round = 0; round < kills; round++) {
                if (round % 4 == 3) {
                    NodeProcess.startAndKill(scratch, data(), random.nextInt(1_500));
                }
                try (var node = NodeProcess.ready(scratch, data())) {
                    checkThatTheNodeHas(document, node, phone, laptop);
                    phone.connect(node.url(), operator());
                    laptop.connect(node.url(), operator());
                    int enough = phone.acknowledged.size() + 1 + random.nextInt(BACKLOG - 20);
                    for (long edit = phone.unacknowledged(); edit < BACKLOG; edit++) {
                        phone.edit(document, 50);
                    }
                    for (long edit = laptop.unacknowledged(); edit < BACKLOG; edit++) {
                        laptop.edit(document, 50);
                    }
                    NodeProcess.await(
                            "some acknowledgements", () -> phone.acknowledged.size() > enough);
                    node.signal("KILL");
                    node.awaitExit();
                }
            }
            try (var node = NodeProcess.ready(scratch, data());
                    var late = new MemoryDevice()) {
                checkThatTheNodeHas(document, node, phone, laptop);
                phone.connect(node.url(), operator());
                laptop.connect(node.url(), operator());
                late.connect(node.url(), operator());
                NodeProcess.await(
                        "all to be level",
                        () ->
                                phone.isLevel()
                                        && laptop.isLevel()
                                        && same(phone, late, document)
                                        && same(laptop, late, document));
            }
        }
    }

    private void checkThatTheNodeHas(DocumentId document, NodeProcess node, MemoryDevice... writers)
            throws Exception {
        try (var newcomer = new MemoryDevice()) {
            newcomer.connect(node.url(), operator());
            NodeProcess.await("the newcomer to have all there is", newcomer::isLevel);
            for (MemoryDevice writer : writers) {
                for (ContentHash hash : writer.acknowledged) {
                    assertTrue(newcomer.has(document, hash), () -> "lost " + hash);
                }
            }
        }
    }
}
