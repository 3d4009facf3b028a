package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class ActorsEndTest {
    private static final String ACTORS = "-> user\n   -> document";

    private final Logger logger = (Logger) LoggerFactory.getLogger(ActorsEnd.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(lines);
    }

    @Test
    void anEndThatIsToldABitAfterThePhasesIsNoNews() throws Exception {
        ActorsEnd.await(
                new CompletableFuture<String>()
                        .completeOnTimeout("ended", 50, TimeUnit.MILLISECONDS),
                () -> ACTORS);
        assertTrue(lines.list.isEmpty(), () -> lines.list.toString());
    }

    @Test
    void whoIsLateIsNamedAndWaitedFor() throws Exception {
        var terminated = new CompletableFuture<String>();
        ActorsEnd.await(
                terminated,
                () -> {
                    // Asked only by whoever found it late.
                    terminated.complete("ended");
                    return ACTORS;
                });
        assertEquals(2, lines.list.size(), () -> lines.list.toString());
        assertTrue(lines.list.getFirst().getFormattedMessage().contains("-> document"));
    }

    @Test
    void anEndThatFailsIsABug() {
        var failure =
                assertThrows(
                        StartFailure.class,
                        () ->
                                ActorsEnd.await(
                                        CompletableFuture.failedFuture(
                                                new IllegalStateException("a locked journal")),
                                        () -> ACTORS));
        assertEquals(ExitCode.BUG, failure.exitCode());
        assertTrue(failure.getMessage().contains("a locked journal"), failure.getMessage());
    }
}
