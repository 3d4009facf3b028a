package org.elohim.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class SeldomAboutLinesTest {
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    SeldomAboutLinesTest() {
        context.addTurboFilter(new SeldomAboutLines());
        lines.setContext(context);
        lines.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(lines);
    }

    @Test
    void aStrangerThatKnocksAThousandTimesIsToldOfOnce() {
        for (int i = 0; i < 1_000; i++) {
            context.getLogger("akka.remote.artery.Association").warn("failed {}", i);
            context.getLogger("akka.stream.Materializer").warn("failed {}", i);
            context.getLogger("javax.jmdns.impl.SocketListener").warn("garbage {}", i);
        }
        assertEquals(3, lines.list.size());
    }

    @Test
    void whatOthersSayIsNotHeldBack() {
        for (int i = 0; i < 10; i++) {
            context.getLogger("akka.cluster.Cluster").warn("unreachable {}", i);
            context.getLogger("org.elohim.node.Daemon").warn("broken {}", i);
        }
        assertEquals(20, lines.list.size());
    }
}
