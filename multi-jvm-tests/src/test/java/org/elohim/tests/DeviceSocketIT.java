package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What becomes of connections at `/device` that go wrong below the messages.
class DeviceSocketIT {
    private static final int TEXT = 0x81;
    private static final int BINARY_BEGINS = 0x02;
    private static final int CONTINUES = 0x00;

    @TempDir Path scratch;

    @Test
    void aTextMessageIsRefusedInWordsAndIsNoErrorOfTheNode() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"));
                var socket = new RawWebSocket(address(node))) {
            assertInstanceOf(SyncMessage.Challenge.class, message(socket));
            socket.frame(TEXT, "hello".getBytes(StandardCharsets.US_ASCII));

            assertEquals(
                    new SyncMessage.Failure("a text message where frames are binary"),
                    message(socket));
            socket.end();
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    @Test
    void aMessageOfTooManyPartsIsRefusedInWordsBeforeItIsWhole() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"));
                var socket = new RawWebSocket(address(node))) {
            assertInstanceOf(SyncMessage.Challenge.class, message(socket));
            byte[] part = new byte[60_000];
            socket.frame(BINARY_BEGINS, part);
            for (int sent = 0; sent <= SyncCodec.FRAME_BYTES_MAX; sent += part.length) {
                socket.frame(CONTINUES, part);
            }

            assertEquals(
                    new SyncMessage.Failure("a frame that is too large, too slow or cut off"),
                    message(socket));
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    /// The node's heap holds nothing that was made for a connection, once they have all ended.
    @Test
    void nothingOfAConnectionStaysWhenItHasEnded() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"))) {
            connectAndLeave(node);
            long before = node.instances("akka.stream.impl.StreamSupervisor");
            for (int i = 0; i < 50; i++) {
                connectAndLeave(node);
            }

            NodeProcess.await(
                    "the connections to be forgotten",
                    () ->
                            node.instances("org.elohim.node.sync.SyncLines$Line") == 0
                                    && node.instances("akka.stream.impl.StreamSupervisor")
                                            <= before);
        }
    }

    /// Its end was once an error within the streams, which then stayed for ever.
    @Test
    void aDeviceThatIsRefusedAndLeavesAtTheSameMomentLeavesNothingBehind() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"))) {
            for (int i = 0; i < 20; i++) {
                try (var socket = new RawWebSocket(address(node))) {
                    assertInstanceOf(SyncMessage.Challenge.class, message(socket));
                    socket.frame(RawWebSocket.BINARY, new byte[] {1, 2, 3});
                    socket.end();
                }
            }

            NodeProcess.await(
                    "the connections to be forgotten",
                    () -> node.instances("org.elohim.node.sync.SyncLines$Line") == 0);
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    private void connectAndLeave(NodeProcess node) throws IOException {
        try (var socket = new RawWebSocket(address(node))) {
            assertInstanceOf(SyncMessage.Challenge.class, message(socket));
            socket.end();
        }
    }

    private URI address(NodeProcess node) throws IOException {
        String token = Files.readString(scratch.resolve("data/admin.token")).strip();
        return URI.create(node.url().replaceFirst("^http", "ws") + "/device?token=" + token);
    }

    private static SyncMessage message(RawWebSocket socket) throws IOException {
        return switch (SyncCodec.decode(socket.read().payload())) {
            case Decoded.Parsed<SyncMessage>(var message) -> message;
            case Decoded.Malformed<SyncMessage>(var reason) -> throw new AssertionError(reason);
        };
    }
}
