package org.elohim.node.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.stream.Attributes;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.stream.javadsl.Source;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

class SilenceLimitTest {
    private static final Duration MAX = Duration.ofSeconds(45);

    private final ActorTestKit actors = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(actors.system());
    private final AtomicBoolean silent = new AtomicBoolean();

    @AfterEach
    void stop() {
        actors.shutdownTestKit();
    }

    @Test
    void silenceIsNoticedWhereSomethingMightCome() throws Exception {
        var asked = new CompletableFuture<Void>();
        var noticed = new CompletableFuture<Void>();
        Source.<Integer, Integer>unfoldAsync(
                        0,
                        _ -> {
                            asked.complete(null);
                            return new CompletableFuture<>();
                        })
                .via(new SilenceLimit<>(MAX, () -> noticed.complete(null)))
                .runWith(Sink.ignore(), actors.system());
        asked.get(20, TimeUnit.SECONDS);

        time.timePasses(MAX);

        noticed.get(20, TimeUnit.SECONDS);
    }

    @Test
    void whileNothingMayComeSilenceTellsNothing() throws Exception {
        SinkQueueWithCancel<Integer> taken =
                Source.range(1, 100)
                        .via(new SilenceLimit<>(MAX, () -> silent.set(true)))
                        .toMat(
                                Sink.<Integer>queue().withAttributes(Attributes.inputBuffer(1, 1)),
                                Keep.right())
                        .run(actors.system());
        assertEquals(1, next(taken));

        time.timePasses(MAX.multipliedBy(10));

        assertEquals(2, next(taken));
        assertEquals(3, next(taken));
        assertFalse(silent.get());
    }

    private static int next(SinkQueueWithCancel<Integer> taken) throws Exception {
        Optional<Integer> next = taken.pull().toCompletableFuture().get(20, TimeUnit.SECONDS);
        return next.orElseThrow();
    }
}
