package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.operator.StatusCommand;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.tests.lab.Clock;
import org.elohim.tests.lab.FullDisk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Machines that do not give what a node needs. Uses unshare, mount and setpriv.
@Tag("tools")
class HostileMachineIT {
    private static final int USAGE = 2;
    private static final int ENVIRONMENT = 3;
    // Root may read and write anywhere; without these capabilities permissions hold for root too.
    private static final List<String> UNPRIVILEGED =
            List.of(
                    "unshare",
                    "--map-root-user",
                    "setpriv",
                    "--bounding-set=-dac_override,-dac_read_search");

    @TempDir Path scratch;

    @Test
    void aClockThatLostItsBatteryIsToldAndNothingIsMade() throws Exception {
        Path data = scratch.resolve("data");
        Clock clock = Clock.in(scratch);
        clock.set(Duration.between(Instant.now(), Instant.parse("2001-01-01T12:00:00Z")));
        try (var node = start(clock, data)) {
            assertEquals(ENVIRONMENT, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains("2001-01-01"), node.errors());
            assertOneSentence(node);
        }
        assertFalse(Files.exists(data));
    }

    @Test
    @DisplayName(
            "R-11: a clock that is a day off in either direction does not keep a node from"
                    + " starting")
    void aClockThatIsADayOffIsNoReasonToStop() throws Exception {
        Path data = scratch.resolve("data");
        Clock clock = Clock.in(scratch);
        for (int days : List.of(-1, 1, 0)) {
            clock.set(Duration.ofDays(days));
            try (var node = start(clock, data).awaitReady()) {
                assertEquals(200, node.get("/health").statusCode());
            }
        }
    }

    @Test
    @DisplayName("R-07: a full disk at the start is told, and nothing is half written")
    void aFullDiskIsTold() throws Exception {
        Path disk = Files.createDirectory(scratch.resolve("disk"));
        Path data = disk.resolve("data");
        List<String> onFullDisk =
                inShell(
                        "mount -t tmpfs -o size=64m tmpfs '%s' && head -c 66000000 /dev/zero >'%s/filler'; \"$@\"; status=$?; ls -A '%s' >&2; exit $status"
                                .formatted(disk, disk, data));
        try (var node = start(onFullDisk, data)) {
            assertEquals(ENVIRONMENT, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains("is full"), node.errors());
            assertOneSentence(node);
        }
    }

    @Test
    @DisplayName(
            "R-07: a disk that fills up between two starts is told; the data survives and serves"
                    + " again")
    void aDiskThatFilledUpIsToldAndHeals() throws Exception {
        Path disk = Files.createDirectory(scratch.resolve("disk"));
        Path data = disk.resolve("data");
        // The first start ends by its own clean stop; the third one must find everything as it was.
        String start =
                "(\"$@\" >'%1$s/out' & pid=$!; for i in $(seq 600); do grep -q 'is ready' '%1$s/out' && break; sleep 0.1; done; kill $pid; wait $pid; cat '%1$s/out')"
                        .formatted(disk);
        List<String> script =
                inShell(
                        "mount -t tmpfs -o size=64m tmpfs '%s' && %s; head -c 66000000 /dev/zero >'%s/filler'; \"$@\"; full=$?; rm '%s/filler'; %s; exit $full"
                                .formatted(disk, start, disk, disk, start));
        try (var node = start(script, data)) {
            assertEquals(ENVIRONMENT, node.awaitExit(), node.errors());
            List<String> ids =
                    node.output().lines().filter(line -> line.startsWith("  node ")).toList();
            assertEquals(2, ids.size(), node.output());
            assertEquals(ids.getFirst(), ids.getLast());
        }
    }

    @Test
    @DisplayName("R-07: a node whose disk fills up says that it is not ready, until there is room")
    void aDiskThatIsFullWhileTheNodeRunsMakesItUnready() throws Exception {
        Path disk = Files.createDirectory(scratch.resolve("disk"));
        Path data = disk.resolve("data");
        List<String> script =
                inShell("mount -t tmpfs -o size=64m tmpfs '%s' && exec \"$@\"".formatted(disk));
        try (var node = start(script, data).awaitReady();
                var phone = new MemoryDevice()) {
            // The disk as the node sees it.
            Path seen = Path.of("/proc/" + node.pid() + "/root" + disk);
            String token = Files.readString(seen.resolve("data/admin.token")).strip();
            phone.connect(node.url(), token);
            DocumentId document = DocumentId.ofRandom(new byte[16]);
            ContentHash first = phone.edit(document, 100);
            NodeProcess.await("the first", () -> phone.acknowledged.contains(first));

            Path filler = seen.resolve("filler");
            FullDisk.by(filler);
            ContentHash later = phone.edit(document, 1 << 20);
            NodeProcess.await("503", () -> node.get("/health/ready").statusCode() == 503);
            assertTrue(node.get("/health/ready").body().contains("\"status\":\"not_writing\""));
            StatusCommand.Said told =
                    StatusCommand.run(
                            List.of("--data-dir", seen.resolve("data").toString()), Map.of());
            assertEquals(5, told.status(), told.text());
            assertTrue(told.text().contains("its disk takes nothing"), told.text());
            Files.delete(filler);
            NodeProcess.await("200", () -> node.get("/health/ready").statusCode() == 200);
            phone.connect(node.url(), token);
            NodeProcess.await("the rest", () -> phone.acknowledged.contains(later));
        }
    }

    @Test
    void aDirectoryWithoutPermissionIsNamedWithTheUser() throws Exception {
        Path locked = Files.createDirectory(scratch.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        Path data = locked.resolve("data");
        try (var node = start(UNPRIVILEGED, data)) {
            assertEquals(ENVIRONMENT, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains("no permission for " + data), node.errors());
            assertOneSentence(node);
        }
    }

    @Test
    void aConfigurationThatMayNotBeReadIsNamed() throws Exception {
        Path file = Files.writeString(scratch.resolve("mine.toml"), "[api]\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-w-------"));
        List<String> command = new ArrayList<>(UNPRIVILEGED);
        command.addAll(NodeProcess.command("--config", file.toString()));
        try (var node = NodeProcess.start(scratch, Map.of(), command)) {
            assertEquals(USAGE, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains("may not be read by this user"), node.errors());
            assertOneSentence(node);
        }
    }

    /// In a mount namespace of its own, so that nothing outlives the test.
    private static List<String> inShell(String script) {
        return List.of("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh");
    }

    private NodeProcess start(Clock clock, Path data) throws IOException {
        return NodeProcess.start(
                scratch,
                clock.environment(),
                NodeProcess.command("--data-dir", data.toString(), "--http-port", "0"));
    }

    private NodeProcess start(List<String> before, Path data) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(NodeProcess.command("--data-dir", data.toString(), "--http-port", "0"));
        return NodeProcess.start(scratch, Map.of(), command);
    }

    private static void assertOneSentence(NodeProcess node) {
        String errors = node.errors();
        assertEquals(1, errors.lines().count(), errors);
        assertFalse(errors.contains("Exception"), errors);
    }
}
