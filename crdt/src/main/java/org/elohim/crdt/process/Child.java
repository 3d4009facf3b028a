package org.elohim.crdt.process;

import org.elohim.crdt.EngineLost;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// One child process and the pipe to it.
///
/// Invariants: used by one thread at a time; every request ends within its time, for the child is
/// killed then and the pipe with it; the child's folder goes when the child is gone.
final class Child {
    private static final List<String> JVM_FLAGS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto",
                    // A JVM that aborts writes a report to standard output and to the working
                    // folder; the first is the pipe, the second somebody's.
                    "-XX:+SuppressFatalErrorMessage");

    /// Documents live outside the heap; frames and trees of values are what it holds.
    static final int HEAP_MEBIBYTES = 512;

    /// What counts for a document and for a byte sent, where the system does not tell a child's
    /// size. An open document takes hundreds of times the bytes of its changes, a closed one next
    /// to nothing: this lies between, so that a large document can still be worked on.
    static final long DOCUMENT_BYTES = 256 << 10;

    static final long BYTES_PER_BYTE_SENT = 64;

    /// With these a process ends that does so by itself: it aborts, or does what it must not.
    private static final Set<Integer> CRASH_SIGNALS = Set.of(4, 5, 6, 7, 8, 11);

    /// A child at work is looked at so often: it can take some hundreds of megabytes in that time.
    private static final long LOOK_MILLIS = 200;

    /// The exit code of a process that a signal has ended is this and the signal's number.
    private static final int BY_SIGNAL = 128;

    private final Process process;
    private final Path folder;
    private final DataOutputStream out;
    private final DataInputStream in;
    private long guessedBytes;

    /// It is dead, and of what.
    static final class Gone extends IOException {
        private static final long serialVersionUID = 1;

        private final EngineLost.Why why;

        private Gone(String reason, EngineLost.Why why, Throwable cause) {
            super(reason, cause);
            this.why = why;
        }

        EngineLost.Why why() {
            return why;
        }
    }

    private Child(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        this.in = new DataInputStream(process.getInputStream());
    }

    static Child start(String classPath, int heapMebibytes) throws IOException {
        // The library copies itself there at each start, and leaves the copy if it is killed.
        Path folder = Files.createTempDirectory("elohim-engine");
        try {
            var builder =
                    new ProcessBuilder(command(folder, classPath, heapMebibytes))
                            .redirectError(ProcessBuilder.Redirect.DISCARD);
            // Keys and tokens may stand there, and it reads what strangers have written.
            builder.environment().keySet().removeIf(name -> name.startsWith("ELOHIM_"));
            return new Child(builder.start(), folder);
        } catch (IOException failed) {
            remove(folder);
            throw failed;
        }
    }

    static List<String> command(Path folder, String classPath, int heapMebibytes) {
        return Stream.of(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                        JVM_FLAGS.stream(),
                        Stream.of(
                                "-Xmx" + heapMebibytes + "m",
                                "-Djava.io.tmpdir=" + folder,
                                "-cp",
                                classPath,
                                EngineMain.class.getName()))
                .flatMap(part -> part)
                .toList();
    }

    /// The answer; where there is none the child is dead, and the message says of what.
    ///
    /// @param tooLarge whether it takes more memory than it may, looked at while it is at work
    Reply ask(
            Request request,
            Duration timeout,
            BooleanSupplier tooLarge,
            ScheduledExecutorService timer)
            throws Gone {
        Bytes body = Codec.encode(request);
        guessedBytes += BYTES_PER_BYTE_SENT * body.size();
        if (request instanceof Request.Open) {
            guessedBytes += DOCUMENT_BYTES;
        }
        var ended = new AtomicReference<>(EngineLost.Why.GONE);
        var watch =
                timer.schedule(
                        () -> kill(ended, EngineLost.Why.LATE),
                        timeout.toMillis(),
                        TimeUnit.MILLISECONDS);
        var look =
                timer.scheduleWithFixedDelay(
                        () -> {
                            if (tooLarge.getAsBoolean()) {
                                kill(ended, EngineLost.Why.TOO_LARGE);
                            }
                        },
                        LOOK_MILLIS,
                        LOOK_MILLIS,
                        TimeUnit.MILLISECONDS);
        try {
            Frames.write(out, body);
            Bytes answer =
                    Frames.read(in, EngineMain.bytesMax(request))
                            .orElseThrow(() -> new IOException("it ended without a word"));
            return switch (Codec.reply(answer)) {
                case Decoded.Parsed<Reply>(var reply) -> reply;
                case Decoded.Malformed<Reply>(var reason) ->
                        throw new IOException("it answered nonsense: " + reason);
            };
        } catch (IOException gone) {
            end();
            int code = process.exitValue();
            EngineLost.Why why =
                    code == EngineMain.MEMORY_EXIT ? EngineLost.Why.TOO_LARGE : ended.get();
            throw switch (why) {
                case LATE ->
                        new Gone(
                                "no answer within " + timeout.toMillis() + " ms",
                                EngineLost.Why.LATE,
                                gone);
                case TOO_LARGE ->
                        new Gone("it took more memory than it may", EngineLost.Why.TOO_LARGE, gone);
                case CRASHED, UNFIT, GONE ->
                        new Gone(
                                gone.getMessage() + ", exit code " + code,
                                CRASH_SIGNALS.contains(code - BY_SIGNAL)
                                        ? EngineLost.Why.CRASHED
                                        : EngineLost.Why.GONE,
                                gone);
            };
        } finally {
            watch.cancel(false);
            look.cancel(false);
        }
    }

    private void kill(AtomicReference<EngineLost.Why> ended, EngineLost.Why why) {
        ended.compareAndSet(EngineLost.Why.GONE, why);
        kill();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /// Counts up only: what a child gives back cannot be guessed.
    long guessedBytes() {
        return guessedBytes;
    }

    Path folder() {
        return folder;
    }

    /// Kills it, waits until it is gone and cleans up. The kernel keeps nobody waiting that is
    /// killed.
    void end() {
        kill();
        process.onExit().join();
        remove(folder);
    }

    /// Only the signal: closing the pipe here would wait for whoever reads from it.
    void kill() {
        process.toHandle().destroyForcibly();
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException leftToTheSystem) {
            return;
        }
        try {
            Files.deleteIfExists(folder);
        } catch (IOException leftToTheSystem) {
            // It lies in the folder for temporary files, which the system clears.
        }
    }
}
