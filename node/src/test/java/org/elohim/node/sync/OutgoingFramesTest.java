package org.elohim.node.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.stream.javadsl.Source;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// What becomes of whoever reads nothing of what it is sent.
class OutgoingFramesTest {
    @SuppressWarnings("NullAway.Init") // set before the first test
    private static ActorTestKit actors;

    private final AtomicInteger closings = new AtomicInteger();

    @SuppressWarnings("NullAway.Init") // set before each test
    private WayOut out;

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create(ManualTime.config());
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    @BeforeEach
    void open() {
        out = WayOut.open(actors.system(), closings::incrementAndGet);
    }

    @Test
    void framesAreQueuedUpToTheirNumberAndNoFurther() {
        SinkQueueWithCancel<Bytes> _ = out.queued().runWith(Sink.queue(), actors.system());
        int sent = 0;
        while (out.frames().refusal().isEmpty() && sent < 2 * OutgoingFrames.FRAMES_QUEUED_MAX) {
            out.frames().send(Bytes.EMPTY);
            sent++;
        }
        assertCutOff();
        assertTrue(sent > OutgoingFrames.FRAMES_QUEUED_MAX);
        out.frames().send(Bytes.EMPTY);
        assertCutOff();
    }

    @Test
    void largeFramesAreQueuedUpToTheirBytesAndNoFurther() {
        Bytes large = Bytes.copyOf(new byte[8 << 20]);
        int fit = (int) (OutgoingFrames.BYTES_QUEUED_MAX / large.size());
        for (int i = 0; i < fit; i++) {
            out.frames().send(large);
            assertEquals(Optional.empty(), out.frames().refusal());
        }
        assertTrue(out.frames().isCongested());
        // What is taken away makes room again.
        assertFalse(out.frames().taken(large));
        out.frames().send(large);
        assertEquals(Optional.empty(), out.frames().refusal());

        out.frames().send(large);

        assertCutOff();
    }

    @Test
    void theConnectionEndsAlsoWhereItsPeerDoesNotEndIt() throws Exception {
        CompletionStage<Done> connection =
                Source.<Bytes>maybe().via(out.end().flow()).runWith(Sink.ignore(), actors.system());
        out.frames().close("the peer does not read what it is sent");
        assertFalse(connection.toCompletableFuture().isDone());

        ManualTime.get(actors.system()).timePasses(Duration.ofSeconds(10));

        assertEquals(Done.done(), connection.toCompletableFuture().get(20, TimeUnit.SECONDS));
    }

    private void assertCutOff() {
        assertEquals(Optional.of("the peer does not read what it is sent"), out.frames().refusal());
        assertEquals(1, closings.get());
    }
}
