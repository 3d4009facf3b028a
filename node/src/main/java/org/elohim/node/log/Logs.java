package org.elohim.node.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;

/// Sets up logging in code: the log file's place is known only once the configuration is read, and
/// parsing logback's XML would cost a tenth of the whole start.
///
/// A person at the terminal sees our own lines and other libraries' warnings on standard error; the
/// file keeps their information too.
public final class Logs extends ContextAwareBase implements Configurator {
    private static final String FILE_NAME = "elohim-node.log";
    // Five old files of this size: weeks of a quiet node, and never more than a corner of the disk.
    private static final long FILE_BYTES_MAX = 10L << 20;
    private static final int OLD_FILES_MAX = 5;

    /// Called by logback before the first line is logged.
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setTarget("System.err");
        start(console, context, "console", "%d{HH:mm:ss} %-5level %msg%n%ex{short}");
        console.addFilter(new OwnLinesAndWarnings());
        root(context).setLevel(Level.INFO);
        root(context).addAppender(console);
        context.getLogger("akka.remote.artery").setLevel(Level.WARN);
        context.addTurboFilter(new SeldomAboutLines());
        // Slick shows the content of every row at DEBUG, and Hikari a page of settings at INFO.
        context.getLogger("slick").setLevel(Level.WARN);
        context.getLogger("com.zaxxer.hikari").setLevel(Level.WARN);
        // Whoever asked for a port says in words that it is taken; this would add a stack trace.
        context.getLogger("akka.io.TcpListener").setLevel(Level.OFF);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /// Of a command that is over in a moment, whose own words say what it has done.
    public static void onlyWarnings() {
        root((LoggerContext) LoggerFactory.getILoggerFactory()).setLevel(Level.WARN);
    }

    /// Also writes to a rolling file in `directory` from now on.
    public static void alsoInto(Path directory) throws IOException {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Path path = directory.resolve(FILE_NAME);
        var file = new RollingFileAppender<ILoggingEvent>();
        file.setFile(path.toString());
        var window = new FixedWindowRollingPolicy();
        window.setContext(context);
        window.setParent(file);
        window.setFileNamePattern(path + ".%i");
        window.setMinIndex(1);
        window.setMaxIndex(OLD_FILES_MAX);
        window.start();
        var size = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        size.setMaxFileSize(new FileSize(FILE_BYTES_MAX));
        size.setContext(context);
        size.start();
        file.setRollingPolicy(window);
        file.setTriggeringPolicy(size);
        start(
                file,
                context,
                "file",
                "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{20} %msg%n%ex");
        if (!file.isStarted()) {
            throw new IOException(path + " cannot be written");
        }
        root(context).addAppender(file);
    }

    /// Writes out what is buffered and closes the file.
    public static void close() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    private static void start(
            OutputStreamAppender<ILoggingEvent> appender,
            LoggerContext context,
            String name,
            String pattern) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        appender.setContext(context);
        appender.setName(name);
        appender.setEncoder(encoder);
        appender.start();
    }

    private static ch.qos.logback.classic.Logger root(LoggerContext context) {
        return context.getLogger(Logger.ROOT_LOGGER_NAME);
    }
}
