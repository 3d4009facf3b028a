package org.elohim.node;

import org.elohim.node.config.Arguments;
import org.elohim.node.config.ConfigLoader;
import org.elohim.node.config.Loaded;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.identity.AdminToken;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// The process: arguments in, exit status out.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // HOME first: Java's own idea of it is the password file's, which a service or a container
        // often contradicts.
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
        Path workingDirectory = Path.of("").toAbsolutePath();
        Loaded loaded =
                ConfigLoader.load(
                        Arguments.parse(List.of(arguments)),
                        System.getenv(),
                        Path.of(home),
                        workingDirectory);
        switch (loaded) {
            case Loaded.Config(var config, _) -> run(config);
            case Loaded.Help(var text) -> System.out.print(text);
            case Loaded.Printed(var text) -> System.out.print(text);
            case Loaded.Wrong(var lines) -> {
                lines.forEach(System.err::println);
                System.exit(ExitCode.USAGE.status());
            }
        }
    }

    /// Returns never: the process ends with a failed start or by a signal.
    private static void run(NodeConfig config) {
        var daemon = new Daemon(config);
        var ending = new AtomicBoolean();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("stop").unstarted(() -> stop(daemon, ending)));
        ExitCode failed;
        try {
            Daemon.Running running = daemon.start(InstantSource.system());
            System.out.print(startBlock(config, running).render());
            new CountDownLatch(1).await();
            return;
        } catch (StartFailure failure) {
            System.err.println("elohim-node cannot start. " + failure.getMessage());
            failed = failure.exitCode();
        } catch (InterruptedException | RuntimeException bug) {
            bug.printStackTrace(System.err);
            failed = ExitCode.BUG;
        }
        ending.set(true);
        daemon.close();
        System.exit(failed.status());
    }

    /// Runs at SIGTERM and Ctrl-C. A clean stop ends with 0 and not with the status of the signal:
    /// service managers take anything else for a crash.
    private static void stop(Daemon daemon, AtomicBoolean ending) {
        if (ending.get()) {
            return;
        }
        daemon.close();
        System.out.println("elohim-node stopped.");
        System.out.flush();
        Runtime.getRuntime().halt(ExitCode.STOPPED.status());
    }

    private static StartBlock startBlock(NodeConfig config, Daemon.Running running) {
        boolean tokenIsGiven = System.getenv(AdminToken.ENVIRONMENT_NAME) != null;
        return new StartBlock(
                Version.current(),
                running.node(),
                config.node().clusterName(),
                running.directory().path(),
                running.http(),
                tokenIsGiven
                        ? "from " + AdminToken.ENVIRONMENT_NAME
                        : running.directory().resolve(AdminToken.FILE_NAME).toString(),
                Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime()));
    }
}
