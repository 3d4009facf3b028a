package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A wall clock that is off, by libfaketime.
final class Clock {
    // Where Linux keeps semaphores and memory that have names.
    private static final Path NAMED = Path.of("/dev/shm");

    private Clock() {}

    /// What a process needs in its environment. Its monotonic clock is shifted as well, which
    /// nobody can tell: it begins anywhere. (Told to leave that one alone, the library lets a JVM
    /// wait for ever.)
    static Map<String, String> shifted(Duration offset) {
        forgetTheDead(NAMED);
        // The tool knows where its library lies. Itself it would stand between a node and whoever
        // kills it.
        String library =
                Tool.run(List.of("faketime", "-f", "+0s", "printenv", "LD_PRELOAD"), "").strip();
        return Map.of("LD_PRELOAD", library, "FAKETIME", "%+ds".formatted(offset.toSeconds()));
    }

    /// A process that is killed leaves behind what the library named after its id, and the next one
    /// with that id could not begin.
    static void forgetTheDead(Path named) {
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(named, "{sem.faketime_sem_,faketime_shm_}*")) {
            for (Path each : left) {
                long pid = Long.parseLong(each.getFileName().toString().replaceAll("\\D", ""));
                if (ProcessHandle.of(pid).isEmpty()) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
