package org.elohim.tests;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.api.Jazzer;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

/// Fuzz target: what anybody with a token may do to `/device` of a node in another process.
///
/// An input is a row of steps, each a byte that names it and what it takes. The fuzzer cannot see
/// into the node, so what the node answers guides it: a new answer is worth keeping.
///
/// Invariants: a node that is gone, or does not greet within the socket's patience, fails the
/// input. Whether it lets go of every connection is looked at when all is over.
public final class DeviceFuzz {
    private static final URI ADDRESS = URI.create(System.getProperty("fuzz.address", ""));

    // Few, for each of them has a relationship that the node remembers.
    private static final List<NodeKey> KEYS = Stream.generate(NodeKey::generate).limit(4).toList();

    private enum Step {
        MESSAGE,
        HELLO,
        FRAME,
        RAW
    }

    private DeviceFuzz() {}

    public static void fuzzerInitialize() {
        // Jazzer takes any connection for one that the input has brought about.
        BugDetectors.allowNetworkConnections();
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (var socket = new RawWebSocket(ADDRESS)) {
            if (!(decoded(socket.read()) instanceof SyncMessage.Challenge challenge)) {
                throw new AssertionError("the first message is no challenge");
            }
            ByteBuffer steps = ByteBuffer.wrap(input);
            while (steps.hasRemaining()) {
                step(socket, challenge, steps);
            }
            socket.end();
            answers(socket);
        }
    }

    private static void step(RawWebSocket socket, SyncMessage.Challenge challenge, ByteBuffer steps)
            throws IOException {
        switch (Step.values()[number(steps) % Step.values().length]) {
            case MESSAGE -> socket.frame(RawWebSocket.BINARY, payload(steps));
            case HELLO -> {
                NodeKey key = KEYS.get(number(steps) % KEYS.size());
                Bytes proof =
                        Proof.of(key.id(), challenge.identity(), challenge.nonce(), key::sign);
                var hello =
                        new SyncMessage.Hello(
                                1,
                                key.id(),
                                0,
                                number(steps),
                                1,
                                // Each later than all before, also of other processes of the
                                // fuzzer.
                                Math.abs(System.nanoTime()),
                                0,
                                0,
                                0,
                                0,
                                Bytes.EMPTY,
                                proof);
                socket.frame(RawWebSocket.BINARY, SyncCodec.encode(hello).toArray());
            }
            case FRAME -> socket.frame(number(steps), payload(steps));
            case RAW -> socket.write(payload(steps));
        }
    }

    private static void answers(RawWebSocket socket) throws IOException {
        int so = 0;
        try {
            while (true) {
                var frame = socket.read();
                so = 31 * so + kind(frame);
                Jazzer.exploreState((byte) so, so >>> 8 & 0xffff);
            }
        } catch (IOException failure) {
            if (!RawWebSocket.isEnd(failure)) {
                throw failure;
            }
        }
    }

    // Without the numbers and ids in it, else every answer would be new.
    private static int kind(RawWebSocket.Frame frame) {
        return switch (decoded(frame)) {
            case SyncMessage.Failure(var text) ->
                    text.replaceAll("[0-9a-zA-Z]{20,}|\\d+", "").hashCode();
            case SyncMessage message -> message.getClass().getName().hashCode();
            case null -> frame.opcode();
        };
    }

    private static @Nullable SyncMessage decoded(RawWebSocket.Frame frame) {
        return SyncCodec.decode(frame.payload()) instanceof Decoded.Parsed<SyncMessage>(var message)
                ? message
                : null;
    }

    private static byte[] payload(ByteBuffer steps) {
        int length = number(steps) << 8 | number(steps);
        byte[] payload = new byte[Math.min(length, steps.remaining())];
        steps.get(payload);
        return payload;
    }

    // Where the input ends, all that is left out is zero.
    private static int number(ByteBuffer steps) {
        return steps.hasRemaining() ? steps.get() & 0xff : 0;
    }
}
