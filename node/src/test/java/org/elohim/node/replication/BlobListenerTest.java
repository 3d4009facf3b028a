package org.elohim.node.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/// The port at which the family asks about blobs, and whoever does not keep to its words there.
class BlobListenerTest {
    private static final String OURS = "the key of this family";
    // More than all buffers on the way hold.
    private static final int LARGE = 48 << 20;

    @TempDir private Path directory;

    private final ActorTestKit actors = ActorTestKit.create();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Sibling here;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Sibling there;

    @BeforeEach
    void begin() throws IOException {
        here = new Sibling(actors, directory, OURS);
        there = new Sibling(actors, directory, OURS);
        here.full.add(there.id);
        there.full.add(here.id);
    }

    @AfterEach
    void end() throws IOException {
        here.close();
        there.close();
        actors.shutdownTestKit();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "waited in vain");
            Thread.sleep(10);
        }
    }

    private BlobFrame.Want want(int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        ContentHash blob = there.put(content);
        return new BlobFrame.Want(PieceRef.whole(blob, length), 0, length);
    }

    private void assertServed(BlobFrame.Want want) throws IOException {
        try (FrameInput answer = here.line.ask(there.id, List.of(want))) {
            assertInstanceOf(BlobFrame.Part.class, answer.next().orElseThrow());
            assertInstanceOf(BlobFrame.End.class, answer.next().orElseThrow());
            assertTrue(answer.next().isEmpty());
        }
    }

    @Test
    void oneConnectionCarriesRequestAfterRequest() throws IOException {
        BlobFrame.Want want = want(1_000);
        for (int i = 0; i < 50; i++) {
            assertServed(want);
        }
        assertEquals(1, there.door.connections());
    }

    @Test
    void aConnectionThatTheOtherSideHasClosedIsReplacedUnnoticed() throws Exception {
        BlobFrame.Want want = want(1_000);
        assertServed(want);
        int port = there.door.port();
        there.door.close();
        await(() -> there.door.connections() == 0);
        try (BlobListener again = there.listen(port)) {
            assertServed(want);
            assertEquals(1, again.connections());
        }
    }

    @Test
    void whoDoesNotReadIsCutOffAndNobodyElse() throws Exception {
        BlobFrame.Want large = want(LARGE);
        BlobFrame.Want small = want(1_000);
        try (SSLSocket silent = here.tls.connect(connected())) {
            FrameInput.write(large, silent.getOutputStream());
            FrameInput.writeEnd(silent.getOutputStream());
            await(() -> there.door.connections() == 1);
            assertServed(small);
            // What is left is the connection that was kept after it.
            await(() -> there.door.connections() == 1);
            assertServed(small);
        }
    }

    @Test
    void whoeverAsksIsNotHeldUpByOneThatDoesNotRead() throws Exception {
        BlobFrame.Want want = want(1_000);
        // More than all buffers on the way hold, of questions that nobody reads.
        var many = Collections.nCopies(400_000, want);
        try (var deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var held = new CompletableFuture<SSLSocket>();
            Thread.startVirtualThread(
                    () -> {
                        try {
                            held.complete(there.tls.accept(deaf.accept()));
                        } catch (IOException failed) {
                            held.completeExceptionally(failed);
                        }
                    });
            Sibling.DOORS.put(there.id, new Address("127.0.0.1", deaf.getLocalPort()));
            assertThrows(IOException.class, () -> here.line.ask(there.id, many));
            held.join().close();
        }
        Sibling.DOORS.put(there.id, new Address("127.0.0.1", there.door.port()));
        assertServed(want);
    }

    @Test
    void nonsenseEndsItsOwnConnectionAlone() throws Exception {
        BlobFrame.Want want = want(1_000);
        assertServed(want);
        try (Socket noTls = connected()) {
            noTls.getOutputStream().write(new byte[100]);
            assertEnded(noTls);
        }
        var tooLong = ByteBuffer.allocate(4).putInt(BlobFrames.FRAME_BYTES_MAX + 1).array();
        var negative = ByteBuffer.allocate(4).putInt(-1).array();
        var unknown = new byte[] {0, 0, 0, 2, 99, 0};
        for (byte[] bad : List.of(tooLong, negative, unknown)) {
            try (SSLSocket socket = here.tls.connect(connected())) {
                socket.getOutputStream().write(bad);
                assertEnded(socket);
            }
        }
        // An answer is no question.
        try (SSLSocket socket = here.tls.connect(connected())) {
            FrameInput.write(new BlobFrame.Alive(0), socket.getOutputStream());
            FrameInput.writeEnd(socket.getOutputStream());
            assertEnded(socket);
        }
        assertServed(want);
        await(() -> there.door.connections() == 1);
    }

    private Socket connected() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), there.door.port());
    }

    private static void assertEnded(Socket socket) throws IOException {
        socket.setSoTimeout(10_000);
        try {
            // What TLS says of it may come first.
            var _ = socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException open) {
            throw new AssertionError("still open", open);
        } catch (SocketException | SSLException ended) {
            assertFalse(ended.toString().isEmpty());
        }
    }
}
