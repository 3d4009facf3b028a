package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeCodec;
import org.elohim.protocol.automerge.AutomergeMessage;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.FrameCodec;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

/// What becomes of connections at `/automerge` that do not speak as automerge-repo does.
class RepoSocketIT extends NodeAndDevices {
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x08;
    private static final int PING = 9;
    private static final int FUZZED = 600;
    private static final int WORD_BYTES = 64 << 10;
    private static final int WORDS = 1_600;
    private static final Pattern MALFORMED = Pattern.compile("\"frames_malformed\":([0-9]+)");
    private static final Frame JOIN =
            new Frame.Join("ana", new Frame.PeerMetadata("storage-of-ana", false), List.of("1"));

    @Test
    void whatIsNoFrameEndsThatConnectionInWordsAndNoOther() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var good = joined(node)) {
            long before = malformed(node);
            List<byte[]> bad = notAFrameAfterJoin();
            for (byte[] each : bad) {
                try (var socket = joined(node)) {
                    socket.frame(RawWebSocket.BINARY, each);
                    assertInstanceOf(
                            Frame.Failure.class,
                            frame(socket),
                            HexFormat.of().formatHex(each, 0, Math.min(each.length, 40)));
                    assertEnded(socket);
                }
            }
            try (var socket = joined(node)) {
                socket.frame(TEXT, "{\"type\":\"leave\"}".getBytes(StandardCharsets.US_ASCII));
                assertEquals(
                        "a text message where frames are binary",
                        assertInstanceOf(Frame.Failure.class, frame(socket)).message());
                assertEnded(socket);
            }
            try (var socket = open(node)) {
                socket.frame(RawWebSocket.BINARY, bytes(asks(document())));
                assertEnded(socket);
            }

            assertEquals(before + bad.size() + 2, malformed(node));
            assertIsAnswered(good);
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    private static List<byte[]> notAFrameAfterJoin() {
        var bad = new ArrayList<byte[]>();
        bad.add(new byte[] {1, 2, 3});
        // A map without end, and bytes and a text that are longer than there is memory.
        bad.add(new byte[] {(byte) 0xbf});
        bad.add(HexFormat.of().parseHex("a16474797065" + "7b7fffffffffffffff"));
        bad.add(HexFormat.of().parseHex("a16464617461" + "5b7fffffffffffffff"));
        // {"type": 5}, {"type": "nonsense"}, a type of half a character, and no map.
        bad.add(HexFormat.of().parseHex("a1647479706505"));
        bad.add(HexFormat.of().parseHex("a16474797065686e6f6e73656e7365"));
        bad.add(HexFormat.of().parseHex("a2647479706563eda0806873656e646572496463616e61"));
        bad.add(HexFormat.of().parseHex("83010203"));
        // It has joined already, and Peer is ours to say.
        bad.add(bytes(JOIN));
        bad.add(bytes(new Frame.Peer("ana", "b", new Frame.PeerMetadata(null, false), "1")));
        bad.add(new byte[FrameCodec.FRAME_BYTES_MAX + 1]);
        // No sync message.
        bad.add(bytes(new Frame.Sync("ana", "b", document(), Bytes.copyOf(new byte[] {9, 9}))));
        return bad;
    }

    @Test
    void frameByFrameOfNonsenseLeavesTheNodeAndTheOthersWell() throws Exception {
        var random = new Random(20261129);
        List<Frame> frames =
                List.of(
                        JOIN,
                        asks(document()),
                        new Frame.Ephemeral(
                                "ana", "b", document(), 1, "s", Bytes.copyOf(new byte[] {1})),
                        new Frame.SubscriptionChange("ana", "b", List.of("x"), List.of()),
                        new Frame.HeadsChanged(
                                "ana",
                                "b",
                                document(),
                                Map.of("x", new Frame.StorageHeads(List.of(), 1))));
        try (var node = NodeProcess.ready(scratch, data());
                var good = joined(node)) {
            for (int i = 0; i < FUZZED; i++) {
                byte[] bytes = bytes(frames.get(random.nextInt(frames.size())));
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                try (var socket = random.nextBoolean() ? joined(node) : open(node)) {
                    socket.frame(RawWebSocket.BINARY, bytes);
                    socket.end();
                }
                if (i % 100 == 0) {
                    assertIsAnswered(good);
                }
            }
            assertIsAnswered(good);
            NodeProcess.await(
                    "the others to be forgotten",
                    () -> node.instances("org.elohim.cluster.repo.RepoClient") == 1);
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    @Test
    void whoTakesAnothersPeerIdTakesNothingFromIt() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var first = joined(node);
                var second = joined(node)) {
            whoReadsNothingIsCutOffAndNobodyElse(node, first);
            assertIsAnswered(first);
            assertIsAnswered(second);
            second.frame(RawWebSocket.BINARY, bytes(new Frame.Leave("ana")));
            assertEnded(second);
            assertIsAnswered(first);
        }
    }

    /// More than the line and the node hold for it.
    private void whoReadsNothingIsCutOffAndNobodyElse(NodeProcess node, RawWebSocket speaker)
            throws Exception {
        DocumentId document = document();
        long before = node.instances("org.elohim.cluster.repo.RepoClient");
        try (var silent = joined(node)) {
            silent.frame(RawWebSocket.BINARY, bytes(asks(document)));
            assertInstanceOf(Frame.Unavailable.class, frame(silent));
            Bytes word = Bytes.copyOf(new byte[WORD_BYTES]);
            for (int i = 1; i <= WORDS; i++) {
                speaker.frame(
                        RawWebSocket.BINARY,
                        bytes(new Frame.Ephemeral("ana", "b", document, i, "session", word)));
            }
            NodeProcess.await(
                    "the silent one to be forgotten",
                    () -> node.instances("org.elohim.cluster.repo.RepoClient") == before);
            assertIsAnswered(speaker);
        }
    }

    @Test
    void whoDoesNotJoinIsNotWaitedFor() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var socket = open(node)) {
            assertEnded(socket);
        }
    }

    @Test
    void noAddressHasMoreConnectionsThanTheOperatorAllows() throws Exception {
        try (var node =
                        NodeProcess.start(
                                        scratch,
                                        Map.of("ELOHIM_SYNC_CLIENT_CONNECTIONS_PER_ADDRESS", "2"),
                                        NodeProcess.command(
                                                "--data-dir",
                                                data().toString(),
                                                "--http-port",
                                                "0"))
                                .awaitReady();
                var _ = joined(node)) {
            try (var _ = joined(node)) {
                AssertionError refused = assertThrows(AssertionError.class, () -> open(node));
                assertTrue(String.valueOf(refused.getMessage()).contains(" 429 "));
            }
            NodeProcess.await("the place to be free", () -> isLetIn(node));
        }
    }

    private boolean isLetIn(NodeProcess node) {
        try (var socket = joined(node)) {
            assertIsAnswered(socket);
            return true;
        } catch (AssertionError | IOException notYet) {
            return false;
        }
    }

    private RawWebSocket open(NodeProcess node) throws IOException {
        return new RawWebSocket(
                URI.create(
                        node.url().replaceFirst("^http", "ws") + "/automerge?token=" + operator()));
    }

    private RawWebSocket joined(NodeProcess node) throws IOException {
        RawWebSocket socket = open(node);
        socket.frame(RawWebSocket.BINARY, bytes(JOIN));
        assertInstanceOf(Frame.Peer.class, frame(socket));
        return socket;
    }

    private static void assertIsAnswered(RawWebSocket socket) throws IOException {
        DocumentId nobodys = document();
        socket.frame(RawWebSocket.BINARY, bytes(asks(nobodys)));
        assertEquals(nobodys, assertInstanceOf(Frame.Unavailable.class, frame(socket)).document());
    }

    private static Frame asks(DocumentId document) {
        return new Frame.Request(
                "ana",
                "b",
                document,
                AutomergeCodec.encode(
                        new AutomergeMessage(List.of(), List.of(), List.of(), List.of())));
    }

    private static void assertEnded(RawWebSocket socket) throws IOException {
        assertEquals(CLOSE, afterPings(socket).opcode());
    }

    private static byte[] bytes(Frame frame) {
        return FrameCodec.encode(frame).toArray();
    }

    // A busy machine is slower than the node is patient before it asks whether somebody is there.
    private static RawWebSocket.Frame afterPings(RawWebSocket socket) throws IOException {
        RawWebSocket.Frame next = socket.read();
        while (next.opcode() == PING) {
            next = socket.read();
        }
        return next;
    }

    private static Frame frame(RawWebSocket socket) throws IOException {
        return switch (FrameCodec.decode(afterPings(socket).payload())) {
            case Decoded.Parsed<Frame>(var frame) -> frame;
            case Decoded.Malformed<Frame>(var reason) -> throw new AssertionError(reason);
        };
    }

    private long malformed(NodeProcess node) throws IOException {
        return Long.parseLong(
                first(
                        MALFORMED,
                        node.send(
                                        HttpRequest.newBuilder(
                                                        URI.create(node.url() + "/sync/counters"))
                                                .header("Authorization", "Bearer " + operator())
                                                .build())
                                .body()));
    }
}
