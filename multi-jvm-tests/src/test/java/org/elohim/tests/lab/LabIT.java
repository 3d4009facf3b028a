package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.tests.NodeProcess;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What the lab promises, with real nodes. Uses unshare, nsenter, setpriv, ip, tc and faketime.
@Tag("tools")
class LabIT {
    @RegisterExtension
    final FamilyExtension lab = new FamilyExtension(Family.Setup.of(2).options("-Xmx128m"));

    @Test
    @DisplayName(
            "R-01: what was written on both sides of a cut, in either direction, is everywhere")
    void cuts() {
        FamilyNode attic = lab.family().nodes().getFirst();
        FamilyNode cellar = lab.family().nodes().getLast();
        lab.family().start();
        FamilyDevice phone = lab.device(attic);
        FamilyDevice laptop = lab.device(cellar);
        DocumentId document = DocumentId.ofRandom(new byte[16]);
        ContentHash before = phone.memory().edit(document, 100);
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, before));

        Family.cut(attic, cellar);
        ContentHash there = phone.memory().edit(document, 100);
        ContentHash here = laptop.memory().edit(document, 100);
        awaitAcknowledged(phone, laptop);
        Family.cut(cellar, attic);
        assertFalse(laptop.memory().has(document, there));
        Family.heal(attic, cellar);
        Family.heal(cellar, attic);
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, there));
        NodeProcess.await("the phone", () -> phone.memory().has(document, here));

        // Nobody but this node is paused, and its device waits for it.
        cellar.pause();
        ContentHash paused = laptop.memory().edit(document, 100);
        ContentHash meanwhile = phone.memory().edit(document, 100);
        awaitAcknowledged(phone);
        assertFalse(phone.memory().has(document, paused));
        cellar.resume();
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, meanwhile));
        NodeProcess.await("the phone", () -> phone.memory().has(document, paused));
    }

    @Test
    @DisplayName("R-12: a slow and lossy line, and a narrow one, only take longer")
    void slowLines() {
        FamilyNode attic = lab.family().nodes().getFirst();
        FamilyNode cellar = lab.family().nodes().getLast();
        cellar.machine().limit(1_000);
        lab.family().start();
        FamilyDevice phone = lab.device(attic);
        Weather bad = Weather.CLEAR.latency(Duration.ofMillis(100), Duration.ofMillis(20)).loss(3);
        phone.line(attic).weather(bad, bad);
        DocumentId document = DocumentId.ofRandom(new byte[16]);
        NodeProcess.await("a connection", phone.memory()::isLevel);
        long began = System.nanoTime();
        ContentHash edit = phone.memory().edit(document, 100);
        awaitAcknowledged(phone);
        assertTrue(Duration.ofNanos(System.nanoTime() - began).toMillis() >= 200, "no round trip");
        FamilyDevice laptop = lab.device(cellar);
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, edit));
    }

    @Test
    @DisplayName(
            "R-11: a node whose clock is a day off, jumps and stands still is family like any"
                    + " other")
    void wrongClocks() throws Exception {
        FamilyNode attic = lab.family().nodes().getFirst();
        FamilyNode cellar = lab.family().nodes().getLast();
        cellar.clock(Duration.ofDays(-1));
        lab.family().start();
        FamilyDevice phone = lab.device(attic);
        FamilyDevice laptop = lab.device(cellar);
        DocumentId document = DocumentId.ofRandom(new byte[16]);
        ContentHash edit = laptop.memory().edit(document, 100);
        NodeProcess.await("the phone", () -> phone.memory().has(document, edit));
        Instant started = Files.getLastModifiedTime(cellar.data().resolve("node.key")).toInstant();
        assertTrue(started.isAfter(Instant.now().minus(Duration.ofHours(1))), "of the system");
        String log = Files.readString(cellar.data().resolve("logs/elohim-node.log"));
        String yesterday = Instant.now().minus(Duration.ofDays(1)).toString().substring(0, 10);
        assertTrue(log.contains(yesterday), "the node knows another day: " + log);

        cellar.clock(Duration.ofDays(2));
        ContentHash ahead = phone.memory().edit(document, 100);
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, ahead));
        cellar.clock(Duration.ofDays(-2));
        ContentHash back = laptop.memory().edit(document, 100);
        NodeProcess.await("the phone", () -> phone.memory().has(document, back));
        cellar.stopClock();
        ContentHash still = laptop.memory().edit(document, 100);
        NodeProcess.await("the phone", () -> phone.memory().has(document, still));
    }

    @Test
    @DisplayName(
            "R-07: a disk that fills up at one node stops nobody else, says so, and has all that"
                    + " the others have as soon as there is room")
    void smallDisk() throws Exception {
        FamilyNode attic = lab.family().nodes().getFirst();
        FamilyNode cellar = lab.family().nodes().getLast();
        Files.createDirectories(cellar.data());
        cellar.machine().mount(cellar.data(), 8);
        lab.family().start();
        FamilyDevice phone = lab.device(attic);
        DocumentId document = DocumentId.ofRandom(new byte[16]);
        for (int i = 0; i < 10; i++) {
            phone.memory().edit(document, 1 << 20);
        }
        awaitAcknowledged(phone);
        NodeProcess.await("503", () -> status(cellar, "/health/ready") == 503);
        assertEquals(200, status(attic, "/health/ready"));
        cellar.machine().space().run("mount", "-o", "remount,size=64m", cellar.data().toString());
        NodeProcess.await("200", () -> status(cellar, "/health/ready") == 200);
        FamilyDevice laptop = lab.device(cellar);
        NodeProcess.await(
                "all at the laptop",
                () -> laptop.memory().heads(document).equals(phone.memory().heads(document)));
        laptop.memory()
                .edit(
                        DocumentId.ofRandom(
                                "a second document"
                                        .substring(0, 16)
                                        .getBytes(StandardCharsets.US_ASCII)),
                        1 << 20);
        awaitAcknowledged(laptop);
    }

    private static int status(FamilyNode node, String path) {
        try {
            return node.get(path).statusCode();
        } catch (IOException unreachable) {
            return 0;
        }
    }

    private static void awaitAcknowledged(FamilyDevice... devices) {
        for (FamilyDevice each : devices) {
            NodeProcess.await("its node", () -> each.memory().unacknowledged() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "R-12: slow and lossy lines between nodes only take longer, and may be cut as well")
    void slowLinesBetweenNodes(Space.Privilege privilege, @TempDir Path scratch) {
        Weather bad = Weather.CLEAR.latency(Duration.ofMillis(50), Duration.ofMillis(20)).loss(1);
        Family.Setup setup = Family.Setup.of(2).options("-Xmx128m").weather(bad);
        try (var far = Lab.open(privilege);
                var family = new Family(far, scratch, setup).start();
                var phone = new FamilyDevice(family.nodes().getFirst());
                var laptop = new FamilyDevice(family.nodes().getLast())) {
            DocumentId document = DocumentId.ofRandom(new byte[16]);
            ContentHash first = phone.memory().edit(document, 100);
            NodeProcess.await("the laptop", () -> laptop.memory().has(document, first));
            long began = System.nanoTime();
            ContentHash second = phone.memory().edit(document, 100);
            NodeProcess.await("the laptop", () -> laptop.memory().has(document, second));
            long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
            assertTrue(millis >= 50, "came after " + millis + " ms");

            Family.cut(family.nodes().getFirst(), family.nodes().getLast());
            ContentHash cut = phone.memory().edit(document, 100);
            awaitAcknowledged(phone);
            assertFalse(laptop.memory().has(document, cut));
            Family.heal(family.nodes().getFirst(), family.nodes().getLast());
            NodeProcess.await("the laptop", () -> laptop.memory().has(document, cut));
        }
    }

    /// Both ways, wherever the system allows them.
    @ParameterizedTest
    @EnumSource
    void whoeverIsKilledLeavesNothingBehind(Space.Privilege privilege, @TempDir Path scratch)
            throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Orphans.class.getName(),
                        privilege.name(),
                        scratch.toString());
        try (var parent = NodeProcess.start(scratch, Map.of(), command)) {
            NodeProcess.await(
                    "a node", () -> parent.output().contains("all is there") || !parent.isAlive());
            assertTrue(parent.isAlive(), parent.errors());
            List<ProcessHandle> children =
                    ProcessHandle.of(parent.pid()).orElseThrow().descendants().toList();
            // Two keepers of namespaces, the relay and a node.
            assertEquals(4, children.size(), children.toString());
            parent.signal("KILL");
            NodeProcess.await(
                    "the end of all", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    /// What the test above kills.
    static final class Orphans {
        private Orphans() {}

        public static void main(String[] arguments) throws Exception {
            Lab lab = Lab.open(Space.Privilege.valueOf(arguments[0]));
            Machine machine = lab.machine(2);
            List<String> stands = new ArrayList<>(Lab.mortal());
            stands.addAll(List.of("sleep", "600"));
            Process node = lab.start(() -> new ProcessBuilder(machine.on(stands)).start());
            // It has become what it was told, so the system has been told when it shall end.
            while (!commandLine(node).startsWith("sleep")) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            System.out.println("all is there");
            node.waitFor();
        }

        private static String commandLine(Process process) throws Exception {
            Path line = Path.of("/proc/" + process.pid() + "/cmdline");
            return Files.readString(line, StandardCharsets.US_ASCII);
        }
    }
}
