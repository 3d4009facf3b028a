package org.elohim.node;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.node.config.Arguments;
import org.elohim.node.config.ConfigLoader;
import org.elohim.node.config.Loaded;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.GivenCode;
import org.elohim.node.identity.AdminToken;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// The process: arguments in, exit status out.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // Before anything speaks TLS, so that each side can be shown the certificate that it knows.
        System.setProperty(FamilyTls.NAME_AUTHORITIES, "true");
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
            case Loaded.Config(var config, _, var join) -> run(config, join);
            case Loaded.Help(var text) -> System.out.print(text);
            case Loaded.Printed(var text) -> System.out.print(text);
            case Loaded.Wrong(var lines) -> {
                lines.forEach(System.err::println);
                System.exit(ExitCode.USAGE.status());
            }
        }
    }

    /// Returns never: the process ends by a failed start, by a failure later, or by a signal.
    private static void run(NodeConfig config, Optional<String> join) {
        Daemon daemon;
        try {
            daemon = new Daemon(config, GivenCode.of(join, System.getenv()));
        } catch (StartFailure failure) {
            System.err.println("elohim-node cannot start. " + failure.getMessage());
            System.exit(failure.exitCode().status());
            return;
        }
        // What a signal leaves as it is: a stop that was asked for.
        var ending = new AtomicReference<>(ExitCode.STOPPED);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("stop").unstarted(() -> stop(daemon, ending)));
        try {
            Daemon.Running running = daemon.start(InstantSource.system());
            System.out.print(startBlock(config, running).render());
        } catch (StartFailure failure) {
            System.err.println("elohim-node cannot start. " + failure.getMessage());
            end(ending, failure.exitCode());
        } catch (Throwable bug) {
            bug.printStackTrace(System.err);
            end(ending, ExitCode.BUG);
        }
        try {
            daemon.awaitLoss();
            System.err.println("elohim-node has lost its actor system; its log tells why.");
            end(ending, ExitCode.BUG);
        } catch (StartFailure failure) {
            System.err.println("elohim-node cannot go on. " + failure.getMessage());
            end(ending, failure.exitCode());
        } catch (Throwable bug) {
            bug.printStackTrace(System.err);
            end(ending, ExitCode.BUG);
        }
    }

    private static void end(AtomicReference<ExitCode> ending, ExitCode code) {
        ending.set(code);
        System.exit(code.status());
    }

    /// Runs whatever ends the process. A stop by SIGTERM or Ctrl-C ends with 0 and not with the
    /// status of the signal: service managers take anything else for a crash.
    private static void stop(Daemon daemon, AtomicReference<ExitCode> ending) {
        ExitCode code = ending.get();
        daemon.close();
        if (code == ExitCode.STOPPED) {
            System.out.println("elohim-node stopped.");
        }
        System.out.flush();
        Runtime.getRuntime().halt(code.status());
    }

    private static StartBlock startBlock(NodeConfig config, Daemon.Running running) {
        boolean tokenIsGiven = AdminToken.isGiven(System.getenv());
        return new StartBlock(
                Version.current(),
                running.node(),
                config.node().clusterName(),
                running.door(),
                running.directory().path(),
                running.http(),
                running.grpc(),
                tokenIsGiven
                        ? "from " + AdminToken.ENVIRONMENT_NAME
                        : running.directory().resolve(AdminToken.FILE_NAME).toString(),
                Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime()));
    }
}
