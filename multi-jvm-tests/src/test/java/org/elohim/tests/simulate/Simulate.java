package org.elohim.tests.simulate;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `./elohim simulate start|status|partition|heal|kill|stop`.
public final class Simulate {
    private static final String USAGE =
            """
            Usage: ./elohim simulate start [--families F] [--nodes N] [--latency [MS]]
                   ./elohim simulate status [--json] [--live]
                   ./elohim simulate partition A B
                   ./elohim simulate heal
                   ./elohim simulate kill NODE
                   ./elohim simulate stop

            Runs F families (2) of N nodes (2) on this machine, each node in a network of its own, and
            lets you cut them off from each other. A and B are a node or a whole family each; heal ends
            all partitions and starts what was killed. --latency (50) is what each line between two
            nodes of a family takes in one direction. Data and logs lie in .build/simulate until the
            next start. ./elohim simulate --seed N --runs M plays the sync without any process.
            """;
    private static final int START_MINUTES_MAX = 5;
    private static final int LOOK_EVERY_MILLIS = 100;
    private static final int LIVE_EVERY_MILLIS = 1_000;
    private static final String CLEAR_SCREEN = "\033[H\033[2J";

    private final Path folder;

    private Simulate(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        List<String> words = List.of(arguments);
        if (words.contains("--help")) {
            System.out.print(USAGE);
            return;
        }
        var simulate = new Simulate(Path.of(System.getProperty("elohim.scratch")));
        System.exit(simulate.fulfil(Wish.parse(words), words));
    }

    private int fulfil(Wish wish, List<String> words) throws IOException, InterruptedException {
        return switch (wish) {
            case Wish.Unclear(var why) -> {
                System.err.println("elohim: " + why + "\n" + USAGE);
                yield 2;
            }
            case Wish.Start start -> start(start, words);
            case Wish.Status(boolean json, boolean live) -> {
                int status = tell(words);
                while (live && status == 0) {
                    TimeUnit.MILLISECONDS.sleep(LIVE_EVERY_MILLIS);
                    System.out.print(json ? "" : CLEAR_SCREEN);
                    status = tell(words);
                }
                yield status;
            }
            case Wish.Stop _ -> {
                int status = tell(words);
                // Its file goes last of all.
                while (status == 0 && Files.exists(folder.resolve(Supervisor.CONTROL))) {
                    TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
                }
                yield status;
            }
            case Wish.Partition _, Wish.Heal _, Wish.Kill _ -> tell(words);
        };
    }

    private int tell(List<String> words) throws IOException {
        Optional<String> answer = ask(words);
        if (answer.isEmpty()) {
            System.err.println(
                    "elohim: no simulation is running; ./elohim simulate start begins one");
            return 1;
        }
        return print(answer.get());
    }

    private static int print(String answer) {
        if (answer.startsWith(Supervisor.DONE)) {
            System.out.print(answer.substring(Supervisor.DONE.length()));
            return 0;
        }
        System.err.print("elohim: " + answer.substring(Supervisor.FAILED.length()));
        return 1;
    }

    /// Nothing where nobody is there to answer.
    private Optional<String> ask(List<String> words) throws IOException {
        Path control = folder.resolve(Supervisor.CONTROL);
        if (!Files.exists(control)) {
            return Optional.empty();
        }
        String socket = Files.readString(control);
        SocketChannel asking;
        try {
            asking = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException nobody) {
            return Optional.empty();
        }
        try (asking) {
            asking.write(
                    ByteBuffer.wrap(String.join("\n", words).getBytes(StandardCharsets.UTF_8)));
            asking.shutdownOutput();
            return Optional.of(
                    new String(
                            Channels.newInputStream(asking).readAllBytes(),
                            StandardCharsets.UTF_8));
        }
    }

    private int start(Wish.Start wanted, List<String> words)
            throws IOException, InterruptedException {
        Optional<String> running = ask(words);
        if (running.isPresent()) {
            return print(running.get());
        }
        empty();
        System.err.printf("Starting %d families of %d nodes…%n", wanted.families(), wanted.nodes());
        Path log = folder.resolve("log");
        Process supervisor = supervise(words, log);
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(START_MINUTES_MAX);
        while (!Files.exists(folder.resolve(Supervisor.CONTROL))) {
            if (!supervisor.isAlive() || System.nanoTime() > deadline) {
                supervisor.destroyForcibly();
                System.err.println("elohim: the simulation did not start: " + why(log));
                return 3;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        }
        int status = tell(List.of("status"));
        System.out.printf(
                "Each node's operator token: %s/FAMILY/NODE/data/admin.token%n"
                        + "./elohim simulate stop ends it; --help tells what else can be done.%n",
                folder);
        return status;
    }

    private Process supervise(List<String> words, Path log) throws IOException {
        List<String> command = new ArrayList<>();
        // In a session of its own: closing the terminal does not end it.
        command.add("setsid");
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Delohim.scratch=" + folder);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Supervisor.class.getName(), folder.toString()));
        command.addAll(words);
        return new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    // What an exception says first is for a person; the rest stays in the file.
    private static String why(Path log) throws IOException {
        return Files.readString(log)
                        .lines()
                        .map(line -> line.replaceFirst("^Exception in thread \"main\" \\S+: ", ""))
                        .findFirst()
                        .orElse("it was not ready in time")
                + " ("
                + log
                + ")";
    }

    private void empty() throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!each.equals(folder)) {
                    Files.delete(each);
                }
            }
        }
    }
}
