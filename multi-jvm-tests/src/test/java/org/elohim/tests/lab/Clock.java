package org.elohim.tests.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/// The wall clock of the processes that are started with it, which may be off, jump and stand still
/// while they run. Their monotonic clock goes on as it does.
///
/// A small library of our own stands before the system's: `faketime` shifts the monotonic clock as
/// well, or else lets a JVM wait for ever.
public final class Clock {
    private final Path file;
    private final Path library;

    private Clock(Path file, Path library) {
        this.file = file;
        this.library = library;
    }

    /// One that shows the time of the system until it is set.
    ///
    /// @param folder where what belongs to it is kept
    public static Clock in(Path folder) {
        try (InputStream source = Clock.class.getResourceAsStream("/clock.c")) {
            if (source == null) {
                throw new IllegalStateException("clock.c is missing among the tests");
            }
            Files.createDirectories(folder);
            Path code = folder.resolve("clock.c");
            Path library = folder.resolve("clock.so");
            Files.copy(source, code, StandardCopyOption.REPLACE_EXISTING);
            Tool.run(
                    List.of(
                            "cc",
                            "-O2",
                            "-Wall",
                            "-Werror",
                            "-shared",
                            "-fPIC",
                            "-o",
                            library.toString(),
                            code.toString()),
                    "");
            var clock = new Clock(folder.resolve("clock"), library);
            clock.set(Duration.ZERO);
            return clock;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// What a process needs in its environment.
    public Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "CLOCK_FILE", file.toString());
    }

    /// It is so much off from now on, and goes.
    public void set(Duration offset) {
        write(offset.toNanos(), 0);
    }

    /// It shows this moment until it is set.
    public void stopAt(Instant moment) {
        write(0, ChronoUnit.NANOS.between(Instant.EPOCH, moment));
    }

    // In one piece: who reads it meanwhile is to see the one or the other.
    private void write(long offsetNanos, long standsAtNanos) {
        ByteBuffer both =
                ByteBuffer.allocate(2 * Long.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putLong(offsetNanos)
                        .putLong(standsAtNanos)
                        .flip();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(both, 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
