package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What a child holds, what it leaves behind, and that it is replaced when it holds too much.
class EngineLeakTest {
    private static final Bytes ACTOR = Bytes.parseHex("01");
    private static final org.elohim.crdt.Path TEXT = org.elohim.crdt.Path.of("text");
    private static final long LIMIT_BYTES = 8 << 20;
    private static final EngineProcess.Limits SMALL =
            new EngineProcess.Limits(Duration.ofSeconds(30), LIMIT_BYTES, 5);

    private final List<EngineProcess> processes = new ArrayList<>();
    private OptionalLong told = OptionalLong.of(0);

    @AfterEach
    void end() {
        processes.forEach(EngineProcess::close);
    }

    private EngineProcess process(EngineProcess.Limits limits) {
        var process = new EngineProcess(limits, () -> Instant.EPOCH);
        processes.add(process);
        return process;
    }

    /// One whose child is as large as the test says.
    private EngineProcess told() {
        var process = new EngineProcess(SMALL, () -> Instant.EPOCH, _ -> told);
        processes.add(process);
        return process;
    }

    @Test
    void aChildWhoseParentIsKilledLeavesNoFolderBehind(@TempDir Path directory) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("engine"));
        Process child =
                new ProcessBuilder(
                                Child.command(
                                        folder,
                                        System.getProperty("java.class.path"),
                                        Child.HEAP_MEBIBYTES))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        // To the child it is the same: its input ends.
        try (var toChild = new DataOutputStream(child.getOutputStream())) {
            Frames.write(toChild, Codec.encode(new Request.Open(1, ACTOR)));
            Frames.read(new DataInputStream(child.getInputStream()));
            assertNotEquals(0, files(folder), "the library lies there");
        }
        assertEquals(0, child.waitFor());
        assertFalse(Files.exists(folder));
    }

    @Test
    void hundredsOfDocumentsInOneChildLeaveNeitherMemoryNorFilesBehind() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")));
        EngineProcess process = process(EngineProcess.Limits.DEFAULT);
        Bytes document = document(10_000);
        useDocuments(process, 100, document);
        long pid = process.pid().orElseThrow();
        long residentBefore = EngineProcess.residentBytes(pid).orElseThrow();
        long filesBefore = files(folder(pid));
        long handlesBefore = files(Path.of("/proc", Long.toString(pid), "fd"));

        useDocuments(process, 300, document);

        assertEquals(pid, process.pid().orElseThrow());
        assertEquals(filesBefore, files(folder(pid)));
        assertEquals(handlesBefore, files(Path.of("/proc", Long.toString(pid), "fd")));
        long grown = EngineProcess.residentBytes(pid).orElseThrow() - residentBefore;
        // The child's heap fills up once before anything is collected. A document that stayed would
        // be four megabytes, so three hundred more than a gigabyte.
        assertTrue(grown < 256 << 20, "grown by bytes=" + grown);
    }

    @Test
    void nothingOfAChildIsLeftAfterCloseOrAfterAKill() throws IOException {
        EngineProcess closed = process(EngineProcess.Limits.DEFAULT);
        closed.open(ACTOR);
        Path folderOfClosed = folder(closed.pid().orElseThrow());
        EngineProcess asked = process(EngineProcess.Limits.DEFAULT);
        CrdtEngine engine = asked.open(ACTOR);
        Path folderOfAsked = folder(asked.pid().orElseThrow());
        EngineProcess replaced = process(EngineProcess.Limits.DEFAULT);
        replaced.open(ACTOR);
        Path folderOfReplaced = folder(replaced.pid().orElseThrow());
        for (Path folder : List.of(folderOfClosed, folderOfAsked, folderOfReplaced)) {
            assertTrue(files(folder) > 0, "the library lies somewhere else than in " + folder);
        }

        closed.close();
        kill(asked);
        assertThrows(EngineLost.class, engine::heads);
        kill(replaced);
        replaced.open(ACTOR);

        assertFalse(Files.exists(folderOfClosed));
        assertFalse(Files.exists(folderOfAsked));
        assertFalse(Files.exists(folderOfReplaced));
    }

    @Test
    void aChildThatGrewIsReplacedOnceNoDocumentIsOpenInItAndTheDocumentsGoOn() {
        EngineProcess process = told();
        Bytes saved;
        List<ContentHash> heads;
        long first;
        try (CrdtEngine engine = process.open(ACTOR)) {
            engine.edit(edit -> edit.set(TEXT, new Value.Str("before")));
            first = process.pid().orElseThrow();
            told = OptionalLong.of(LIMIT_BYTES + 1);
            try (CrdtEngine beside = process.open(Bytes.parseHex("02"))) {
                assertTrue(beside.heads().isEmpty());
            }
            assertEquals(first, process.pid().orElseThrow());
            saved = engine.save();
            heads = engine.heads();
        }

        try (CrdtEngine again = process.open(ACTOR)) {
            assertNotEquals(first, process.pid().orElseThrow());
            assertInstanceOf(Applied.Taken.class, again.apply(saved));
            assertEquals(heads, again.heads());
        }
    }

    @Test
    void aChildThatGrewFarTooLargeIsReplacedThoughADocumentIsOpenInIt() {
        EngineProcess process = told();
        CrdtEngine engine = process.open(ACTOR);
        engine.edit(edit -> edit.set(TEXT, new Value.Str("before")));
        Bytes saved = engine.save();
        told = OptionalLong.of(2 * LIMIT_BYTES + 2);

        assertThrows(EngineLost.class, () -> readOften(engine));

        try (CrdtEngine again = process.open(ACTOR)) {
            again.apply(saved);
            assertEquals(new Value.Str("before"), again.read(TEXT).orElseThrow());
        }
    }

    @Test
    void theChildsRealSizeCounts() {
        assumeTrue(Files.exists(Path.of("/proc/self/status")));
        // No JVM is as small as that.
        EngineProcess process =
                process(new EngineProcess.Limits(Duration.ofSeconds(30), 1 << 20, 5));
        useDocuments(process, 1, document(10));
        long first = process.pid().orElseThrow();

        useDocuments(process, 1, document(10));

        assertNotEquals(first, process.pid().orElseThrow());
    }

    @Test
    void whereTheSystemDoesNotTellAChildIsReplacedAfterSoManyDocuments() {
        told = OptionalLong.empty();
        EngineProcess process = told();
        useDocuments(process, 1, document(10));
        long first = process.pid().orElseThrow();
        int documents = 1;
        while (process.pid().orElseThrow() == first) {
            useDocuments(process, 1, document(10));
            documents++;
            assertTrue(documents <= 1 + LIMIT_BYTES / Child.DOCUMENT_BYTES, "never replaced");
        }

        assertTrue(documents > 5, "replaced after documents=" + documents);
    }

    @Test
    void whereTheSystemDoesNotTellAChildIsReplacedAfterSoManyAppliedBytes() {
        told = OptionalLong.empty();
        EngineProcess process = told();
        Bytes large = document(20_000);
        long largeBytes = Child.DOCUMENT_BYTES + Child.BYTES_PER_BYTE_SENT * large.size();
        useDocuments(process, 1, large);
        long first = process.pid().orElseThrow();
        int documents = 1;
        while (process.pid().orElseThrow() == first) {
            useDocuments(process, 1, large);
            documents++;
            assertTrue(documents <= 2 + LIMIT_BYTES / largeBytes, "never replaced");
        }

        assertTrue(documents < LIMIT_BYTES / Child.DOCUMENT_BYTES, "documents=" + documents);
    }

    private static void readOften(CrdtEngine engine) {
        for (int i = 0; i < 1_000; i++) {
            engine.heads();
        }
    }

    private static void useDocuments(EngineProcess process, int count, Bytes document) {
        for (int i = 0; i < count; i++) {
            try (CrdtEngine engine = process.open(ACTOR)) {
                assertInstanceOf(Applied.Taken.class, engine.apply(document));
            }
        }
    }

    /// The changes of a document whose text does not deflate.
    private static Bytes document(int characters) {
        var random = new java.util.Random(3);
        var text = new StringBuilder();
        random.ints(characters, 'a', 'z' + 1).forEach(text::appendCodePoint);
        try (var engine = AutomergeEngine.open(Bytes.parseHex("03"))) {
            engine.edit(edit -> edit.set(TEXT, new Value.Text(text.toString(), List.of())));
            return engine.save();
        }
    }

    private static void kill(EngineProcess process) {
        ProcessHandle child = ProcessHandle.of(process.pid().orElseThrow()).orElseThrow();
        child.destroyForcibly();
        child.onExit().join();
    }

    /// Where the child was told to put its temporary files.
    private static Path folder(long pid) {
        String option = "-Djava.io.tmpdir=";
        return ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().arguments())
                .flatMap(
                        arguments ->
                                Arrays.stream(arguments)
                                        .filter(argument -> argument.startsWith(option))
                                        .findFirst())
                .map(argument -> Path.of(argument.substring(option.length())))
                .orElseThrow();
    }

    private static long files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
