package org.elohim.client.blob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.Blobs;
import org.elohim.client.Replica;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Files that a device brings to several nodes itself.
class SeveralNodesTest {
    private static final BlobOptions OPTIONS =
            new BlobOptions(
                    Duration.ofSeconds(30), Duration.ofMillis(300), Duration.ofMillis(1), 1 << 20);

    @TempDir Path directory;
    private final List<BlobNode> nodes = new ArrayList<>();
    private Replica replica;

    @BeforeEach
    void start() throws IOException {
        replica = Replica.openOffline(directory.resolve("device"));
        for (int i = 0; i < 3; i++) {
            nodes.add(new BlobNode());
        }
        // As they are asked.
        nodes.sort(Comparator.comparing(node -> node.base().toString()));
    }

    @AfterEach
    void stop() {
        replica.close();
        nodes.forEach(BlobNode::close);
    }

    private Blobs blobs(int known, int wanted) {
        for (BlobNode node : nodes.subList(0, known)) {
            String address = node.base().toString().replaceFirst("^http", "ws");
            String _ = replica.connect(address + "/device?token=" + BlobNode.TOKEN);
        }
        return replica.blobs().with(OPTIONS).atNodes(wanted);
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private BlobPut put(Blobs blobs, byte[] content) throws IOException {
        return blobs.putBlob(Files.write(directory.resolve("file"), content), BlobProgress.NONE);
    }

    private static BlobPut.Kept kept(byte[] content, String whyNotMore) {
        return new BlobPut.Kept(
                hash(content), content.length, Reach.DEFAULT, Tier.ACCEPTED, whyNotMore);
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private boolean has(int node, byte[] content) {
        return Arrays.equals(content, nodes.get(node).blob(hash(content)));
    }

    @Test
    void asManyAsAreWantedHaveItAndNoMore() throws IOException {
        Blobs two = blobs(3, 2);
        for (byte[] content : List.of(content(1_000), content(3_000_000))) {
            assertEquals(kept(content, ""), put(two, content));

            assertArrayEquals(content, nodes.get(0).blob(hash(content)));
            assertArrayEquals(content, nodes.get(1).blob(hash(content)));
        }
        assertEquals(List.of(), nodes.get(2).requests());
    }

    @Test
    void whereOneRefusesTheNextOneGetsIt() throws IOException {
        nodes.get(0).once(_ -> true, BlobNode.problem(403, "not by this token"));
        byte[] content = content(1_000);

        assertEquals(kept(content, ""), put(blobs(3, 2), content));

        assertEquals(1, nodes.get(0).requests().size());
        assertTrue(has(1, content) && has(2, content));
    }

    @Test
    void whereOneIsBusyItIsTriedAgainAfterAllOthers() throws IOException {
        nodes.get(0).once(_ -> true, BlobNode.problem(503, "no room just now"));
        byte[] content = content(1_000);

        assertEquals(kept(content, ""), put(blobs(2, 2), content));

        assertEquals(2, nodes.get(0).requests().size());
        assertTrue(has(0, content) && has(1, content));
    }

    @Test
    void whereTooFewHaveItThatIsSaid() throws IOException {
        nodes.get(1).once(_ -> true, BlobNode.problem(403, "not by this token"));
        byte[] content = content(1_000);

        var refused = assertInstanceOf(BlobPut.Kept.class, put(blobs(2, 2), content));
        assertTrue(
                refused.whyNotMore()
                        .startsWith("1 of 2 nodes have it from here; " + nodes.get(1).base()),
                refused.whyNotMore());
        assertTrue(refused.whyNotMore().contains("not by this token"), refused.whyNotMore());

        byte[] more = content(2_000);
        assertEquals(
                kept(more, "2 of 4 nodes have it from here; this device knows no more of them"),
                put(blobs(2, 4), more));
    }

    @Test
    void whereNobodyTakesItTheFirstOnesReasonIsTold() throws IOException {
        for (BlobNode node : nodes) {
            node.once(_ -> true, BlobNode.problem(403, "not here"));
        }
        var refused = assertInstanceOf(BlobPut.Refused.class, put(blobs(3, 2), content(9)));
        assertTrue(refused.reason().contains("not here"), refused.reason());
        assertThrows(IllegalArgumentException.class, () -> replica.blobs().atNodes(0));
    }

    @Test
    void aDeviceThatKnowsNobodySaysSo() throws IOException {
        var nowhere = assertInstanceOf(BlobPut.Unreachable.class, put(blobs(0, 2), content(9)));

        assertEquals("this device knows no node yet; connect one", nowhere.reason());
    }

    @Test
    void nobodyIsWaitedForBeforeAllHaveIt() throws IOException {
        byte[] content = content(1_000);
        Blobs two = blobs(2, 2);
        var hadAll = new ArrayList<Boolean>();
        nodes.get(0)
                .once(
                        request -> request.contains("await=durable"),
                        exchange -> {
                            hadAll.add(has(1, content));
                            exchange.getRequestBody().readAllBytes();
                            BlobNode.answer(exchange, 201, "{\"tier\":\"durable\"}");
                        });
        BlobPut put =
                two.putBlob(
                        Files.write(directory.resolve("file"), content),
                        Optional.empty(),
                        BlobProgress.NONE,
                        Tier.DURABLE,
                        Duration.ofSeconds(9));

        assertEquals(new BlobPut.Kept(hash(content), 1_000, Reach.DEFAULT, Tier.DURABLE, ""), put);
        assertEquals(List.of(true), hadAll);
    }
}
