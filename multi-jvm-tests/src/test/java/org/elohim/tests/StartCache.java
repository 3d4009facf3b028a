package org.elohim.tests;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Java's start-up cache for the processes that the tests start: most of what those tests take is
/// starting. The launcher's products have one as well.
///
/// Invariants: made once in a run, before anybody uses it; where it cannot be made, processes start
/// as they do without.
public final class StartCache {
    private static final String NODE = "org.elohim.node.Main";
    private static final String FAMILY = "org.elohim.node.family.FamilyCommand";
    private static final String DEVICE = "org.elohim.client.command.DeviceCommand";

    private static final List<String> QUICK =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    // A killed process leaves its copy of SQLite's library behind.
                    "-Dorg.sqlite.tmpdir=" + scratch());

    private StartCache() {}

    // Outside of a build there is no target.
    private static Path scratch() {
        return Path.of(System.getProperty("elohim.scratch", "target")).toAbsolutePath();
    }

    private static final class OfNode {
        static final List<String> FLAGS =
                learned(
                        folder -> {
                            List<String> lesson =
                                    List.of("--data-dir", folder + "/data", "--http-port", "0");
                            try (var node = start(folder, NODE, lesson).awaitReady()) {
                                node.signal("TERM");
                                node.awaitExit();
                            }
                        });
    }

    private static final class OfDevice {
        static final List<String> FLAGS =
                learned(
                        folder -> {
                            String directory = folder.resolve("device").toString();
                            try (var device =
                                    start(folder, DEVICE, List.of("init", "--dir", directory))) {
                                device.awaitExit();
                            }
                        });
    }

    private interface Lesson {
        void teach(Path folder) throws IOException;
    }

    /// What starts the daemon without the launcher: with the launcher's flags, but with the quick
    /// compiler alone.
    static List<String> node() {
        return node(List.of());
    }

    /// The same with more options of Java's own, which win.
    public static List<String> node(List<String> options) {
        List<String> more = new ArrayList<>(OfNode.FLAGS);
        more.addAll(options);
        return command(more, NODE);
    }

    /// What starts `./elohim family` without the launcher.
    static List<String> family() {
        return command(List.of(), FAMILY);
    }

    /// What starts `./elohim device` without the launcher.
    static List<String> device() {
        return command(OfDevice.FLAGS, DEVICE);
    }

    private static List<String> command(List<String> more, String main) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK);
        if (main.equals(NODE)) {
            command.addAll(
                    List.of("-Xms32m", "-Xmx512m", "-Xss32m", "-XX:+ExitOnOutOfMemoryError"));
        }
        command.addAll(more);
        if (main.equals(NODE)) {
            // As the launcher has it: the daemon cannot load what its child has.
            command.add("-Delohim.engine.path=" + jars(StartCache::isOfEngine));
            command.addAll(List.of("-cp", jars(jar -> !jar.contains("automerge-")), main));
        } else {
            command.addAll(List.of("-cp", jars(_ -> true), main));
        }
        return command;
    }

    private static boolean isOfEngine(String jar) {
        String name = Path.of(jar).getFileName().toString();
        return name.startsWith("automerge-")
                || name.equals("crdt.jar")
                || name.startsWith("crdt-0")
                || name.equals("protocol.jar")
                || name.startsWith("protocol-0");
    }

    // A cache is bound to jars; the folder with the tests' own classes is for nobody else.
    private static String jars(Predicate<String> wanted) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(wanted)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static NodeProcess start(Path folder, String main, List<String> arguments)
            throws IOException {
        List<String> command =
                new ArrayList<>(command(List.of("-XX:AOTCacheOutput=" + cache(folder)), main));
        command.addAll(arguments);
        return NodeProcess.start(folder, Map.of(), command);
    }

    private static List<String> learned(Lesson lesson) {
        try {
            Path folder = Files.createTempDirectory(scratch(), "start");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            lesson.teach(folder);
            return Files.exists(cache(folder))
                    ? List.of("-XX:AOTCache=" + cache(folder), "-Xlog:aot=off", "-Xlog:cds=off")
                    : List.of();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static Path cache(Path folder) {
        return folder.resolve("start.aot");
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted((one, other) -> other.compareTo(one)).forEach(StartCache::remove);
        } catch (IOException leftBehind) {
            // It lies below target, which the next clean build empties.
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException leftBehind) {
            // As above.
        }
    }
}
