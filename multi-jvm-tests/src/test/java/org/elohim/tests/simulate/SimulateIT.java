package org.elohim.tests.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.tests.NodeProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A person at a terminal.
@Tag("tools")
class SimulateIT {
    @TempDir Path scratch;

    @Test
    void aFamilyIsStartedCutHealedKilledAndEnded() throws Exception {
        assertTrue(failed("status").contains("no simulation is running"));
        try {
            String table = done("start", "--families", "1", "--latency", "20");
            assertTrue(table.contains("north1") && table.contains("http://127.0.0.1:"), table);
            assertTrue(failed("start").contains("running already"));
            awaitStatus("\"state\":\"up\",\"siblings\":1");

            assertTrue(failed("partition", "north1", "south").contains("nobody is called south"));
            done("partition", "north1", "north2");
            assertTrue(done("status").contains("cut from"), table);
            done("kill", "north2");
            assertTrue(done("status", "--json").contains("\"state\":\"killed\""));
            done("heal");
            awaitStatus("\"state\":\"up\",\"siblings\":1");
        } finally {
            done("stop");
        }
        assertTrue(failed("status").contains("no simulation is running"));
    }

    private void awaitStatus(String what) {
        NodeProcess.await(
                what,
                () -> {
                    try {
                        return done("status", "--json").contains(what);
                    } catch (IOException failed) {
                        throw new IllegalStateException(failed);
                    }
                });
    }

    private String done(String... words) throws IOException {
        try (var process = simulate(words)) {
            assertEquals(0, process.awaitExit(), process.output() + process.errors());
            return process.output();
        }
    }

    private String failed(String... words) throws IOException {
        try (var process = simulate(words)) {
            assertEquals(1, process.awaitExit(), process.output() + process.errors());
            return process.errors();
        }
    }

    private NodeProcess simulate(String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        Path folder = Files.createDirectories(scratch.resolve("simulate"));
        command.add("-Delohim.scratch=" + folder);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Simulate.class.getName());
        command.addAll(List.of(words));
        return NodeProcess.start(scratch, Map.of(), command);
    }
}
