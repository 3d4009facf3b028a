package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.store.LocalStore;
import org.elohim.crdt.process.PoisonedChange;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// `./elohim device`, each command a process of its own.
class DeviceCommandIT {
    @TempDir Path scratch;

    /// What a command printed, and how it ended.
    private record Ended(int status, String output, String errors) {}

    @Test
    void aDocumentIsMadeChangedReadListedAndToldOf() throws Exception {
        ok("phone", "init");
        String id = ok("phone", "new");
        assertTrue(ok("phone", "ls").contains(id), "also before its first change");
        ok("phone", "set", id, "title", "Milk & \"Bread\"");
        ok("phone", "set", id, "tasks", "[{\"done\":false},7]");
        ok("phone", "set", id, "tasks/-", "1.5");
        ok("phone", "set", id, "deep/er/still", "null");
        ok("phone", "set", id, "number", "12", "--string");
        ok("phone", "set", id, "tasks/0/done", "true");
        ok("phone", "unset", id, "tasks/1");

        assertEquals("Milk & \"Bread\"", ok("phone", "get", id, "title"));
        assertEquals("\"12\"", ok("phone", "get", id, "number", "--json"));
        assertEquals("true", ok("phone", "get", id, "/tasks/0/done"));
        assertEquals(
                "{\"deep\":{\"er\":{\"still\":null}},\"number\":\"12\",\"tasks\":[{\"done\":true},1.5],\"title\":\"Milk"
                    + " & \\\"Bread\\\"\"}",
                ok("phone", "get", id));
        assertEquals(7, ok("phone", "log", id).lines().count());
        assertEquals(
                "{\"documents\":[{\"id\":\"" + id + "\",\"changes\":7,\"deleted\":false}]}",
                ok("phone", "ls", "--json"));
        ok("phone", "delete", id);
        assertTrue(refused("phone", "get", id).contains("restore brings it back"));
        ok("phone", "restore", id);
        assertEquals("true", ok("phone", "get", id, "tasks/0/done"));
    }

    @Test
    void mistakesAreToldInWordsWithAStatusOfTwo() throws Exception {
        assertTrue(refused("phone", "ls").contains("make one with ./elohim device init"));
        ok("phone", "init");
        String id = ok("phone", "new");
        ok("phone", "set", id, "list", "[1]");
        assertTrue(refused("phone", "frobnicate").contains("Usage:"));
        assertTrue(refused("phone", "set", id, "title").contains("Usage:"));
        assertTrue(refused("phone", "ls", "--frob").contains("unknown flag --frob"));
        assertTrue(refused("phone", "get", "nonsense").contains("not the id of a document"));
        assertTrue(
                refused("phone", "get", DocumentId.ofRandom(new byte[16]).toString())
                        .contains("no document"));
        assertTrue(refused("phone", "get", id, "nowhere").contains("nothing stands at nowhere"));
        assertTrue(refused("phone", "set", id, "list/9", "1").contains("no index of a list"));
        assertTrue(refused("phone", "set", id, "list/0/x", "1").contains("no place"));
        assertTrue(refused("phone", "set", id, "", "1").contains("name a place"));
        assertTrue(refused("phone", "unset", id, "x").contains("nothing stands at x"));
        assertTrue(refused("phone", "restore", id).contains("is not deleted"));
        assertTrue(refused("phone", "sync").contains("knows no node yet"));
        assertTrue(refused("phone", "connect", "home").contains("ws://HOST:PORT/device"));
        assertTrue(refused("phone", "connect", "ws://h:1/device").contains("no token"));
        assertTrue(refused("phone", "disconnect", "ws://h:1/device").contains("no node at"));
        assertEquals("[1]", ok("phone", "get", id, "list"));
    }

    @Test
    void twoDevicesSyncThroughANodeAndOneThatIsAwayIsTold() throws Exception {
        String id;
        try (var node = NodeProcess.ready(scratch, scratch.resolve("node"))) {
            String address = address(node);
            ok("phone", "init");
            ok("laptop", "init");
            assertTrue(ok("phone", "connect", address, "--json").contains("\"reached\":true"));
            ok("laptop", "connect", address);
            id = ok("phone", "new");
            assertTrue(ok("phone", "set", id, "title", "Milk").endsWith("on the node"));
            assertTrue(ok("laptop", "sync").contains("in sync"));
            assertEquals("Milk", ok("laptop", "get", id, "title"));
            assertTrue(
                    ok("laptop", "set", id, "title", "Bread", "--offline")
                            .contains("1 change not yet on the node"));
            assertTrue(ok("laptop", "status", "--json").contains("\"unsent\":1"));
            ok("laptop", "sync");
            ok("phone", "sync");
            assertEquals("Bread", ok("phone", "get", id, "title"));
        }
        Ended away = run("phone", "sync");
        assertEquals(3, away.status());
        assertTrue(away.output().contains("the node cannot be reached"), away.toString());
        assertTrue(
                ok("phone", "set", id, "title", "Eggs")
                        .contains("1 change not yet on the node; the node cannot be reached"));
    }

    @Test
    void whatTwoDevicesSetAtOnceIsToldToBothAndSettledByOne() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("node"))) {
            for (String device : List.of("phone", "laptop")) {
                ok(device, "init");
                ok(device, "connect", address(node));
            }
            String id = ok("phone", "new");
            ok("phone", "set", id, "title", "Milk");
            ok("laptop", "sync");
            assertEquals("No conflicts", ok("laptop", "conflicts", id));
            ok("phone", "set", id, "title", "Bread", "--offline");
            ok("laptop", "set", id, "title", "Eggs", "--offline");
            for (String device : List.of("phone", "laptop", "phone")) {
                ok(device, "sync");
            }

            String onPhone = ok("phone", "conflicts", id);
            assertTrue(onPhone.contains("\"Bread\"  set by this device"), onPhone);
            assertTrue(onPhone.contains("\"Eggs\"  set by another device"), onPhone);
            String onLaptop = ok("laptop", "conflicts", id);
            assertTrue(onLaptop.contains("\"Eggs\"  set by this device"), onLaptop);

            ok("laptop", "set", id, "title", "Bread and Eggs");
            ok("phone", "sync");
            assertEquals("No conflicts", ok("phone", "conflicts", id));
            assertEquals("Bread and Eggs", ok("phone", "get", id, "title"));
        }
    }

    @Test
    void aWrongTokenIsTold() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("node"))) {
            ok("phone", "init");
            Ended ended =
                    run("phone", "connect", address(node).replaceFirst("token=.*", "token=no"));
            assertEquals(3, ended.status());
            assertTrue(ended.output().contains("does not take this token"), ended.toString());
        }
    }

    @Test
    void watchAndSetWorkOnOneStoreAtOnce() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("node"))) {
            ok("phone", "init");
            ok("phone", "connect", address(node));
            String id = ok("phone", "new");
            ok("phone", "set", id, "n", "0");
            Path seen = scratch.resolve("seen.txt");
            Process watch = start(seen, "phone", "watch", id, "--json");
            try {
                NodeProcess.await("the first look", () -> read(seen).contains("\"n\":0"));
                var setting = new ArrayList<Process>();
                for (int i = 1; i <= 4; i++) {
                    setting.add(
                            start(
                                    scratch.resolve("set" + i),
                                    "phone",
                                    "set",
                                    id,
                                    "k" + i,
                                    String.valueOf(i)));
                }
                for (Process each : setting) {
                    assertEquals(0, each.waitFor());
                }
                NodeProcess.await(
                        "all four",
                        () -> read(seen).contains("{\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"n\":0}"));
                // It was the one that spoke with the node, and it did.
                ok("laptop", "init");
                ok("laptop", "connect", address(node));
                ok("laptop", "sync");
                assertEquals("3", ok("laptop", "get", id, "k3"));
                ok("laptop", "set", id, "n", "9");
                NodeProcess.await("the laptop's", () -> read(seen).contains("\"n\":9"));
                assertTrue(watch.isAlive());
            } finally {
                watch.destroy();
                assertEquals(143, watch.waitFor(), "ended by the signal");
            }
            assertTrue(ok("phone", "status", "--json").contains("\"linked\":false"));
        }
    }

    @Test
    void aPoisonedChangeIsSetAsideAndTheCommandsGoOn() throws Exception {
        ok("phone", "init");
        String id = ok("phone", "new");
        ok("phone", "set", id, "title", "Milk");
        ChangeChunk poison = PoisonedChange.by(Bytes.parseHex("ee".repeat(16)));
        try (var store =
                LocalStore.open(scratch.resolve("phone"), () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () -> {
                        store.append(Lane.NEW, DocumentId.parse(id), null, List.of(poison));
                        return true;
                    });
        }
        Ended got = run("phone", "get", id, "title");
        assertEquals(0, got.status(), got.toString());
        assertEquals("Milk", got.output());
        assertTrue(got.errors().contains("1 changes of this document cannot be read"), "" + got);
        ok("phone", "set", id, "title", "Bread");
        assertEquals("Bread", ok("phone", "get", id, "title"));
        assertTrue(ok("phone", "log", id).contains("set aside"));
    }

    @Test
    void aFileIsBroughtToANodeAndGotByAnotherDevice() throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(1).nextBytes(content);
        Path film = Files.write(scratch.resolve("film.mp4"), content);
        String hash;
        try (var node = NodeProcess.ready(scratch, scratch.resolve("node"))) {
            for (String device : List.of("phone", "laptop")) {
                ok(device, "init");
                ok(device, "connect", address(node));
            }
            hash = ok("phone", "blob", "put", film.toString());
            assertTrue(hash.matches("[0-9a-f]{64}"), hash);
            String json = ok("phone", "blob", "put", film.toString(), "--json");
            assertTrue(json.contains("\"tier\":\"accepted\""), json);
            assertTrue(json.contains("\"size\":5000000"), json);
            assertTrue(json.contains("\"@blob\":\"" + hash + "\""), json);

            assertTrue(json.contains("\"reach\":\"private\""), json);
            json = ok("phone", "blob", "put", film.toString(), "--reach", "local", "--json");
            assertTrue(json.contains("\"reach\":\"local\",\"tier\""), json);
            assertTrue(ok("laptop", "blob", "where", hash).contains("reach   local"));

            Path copy = scratch.resolve("copy.mp4");
            ok("laptop", "blob", "get", hash, copy.toString());
            assertArrayEquals(content, Files.readAllBytes(copy));
            Path stream = scratch.resolve("stream");
            assertEquals(0, start(stream, "laptop", "blob", "get", hash, "-").waitFor());
            assertArrayEquals(content, Files.readAllBytes(stream));
            // Nothing but a terminal is shown how it goes.
            assertEquals("", read(errors(stream)));

            assertTrue(
                    refused("laptop", "blob", "get", hash, copy.toString())
                            .contains("is there already"));
            String none = scratch.resolve("none").toString();
            assertTrue(
                    refused("laptop", "blob", "get", "0".repeat(64), none)
                            .contains("no node knows"));
            assertTrue(refused("laptop", "blob", "get", "nonsense", none).contains("64 digits"));
            assertTrue(refused("laptop", "blob", "put", none).contains("no file"));
            assertTrue(refused("laptop", "blob", "fly").contains("Usage:"));
            assertTrue(
                    refused("laptop", "blob", "put", none, "--reach", "all")
                            .contains("neighborhood"));
            assertTrue(
                    refused("laptop", "blob", "put", none, "--await", "soon")
                            .contains("accepted, durable"));
            assertTrue(
                    refused("laptop", "blob", "put", none, "--nodes", "none").contains("1 to 100"));
            Ended alone = run("phone", "blob", "put", film.toString(), "--nodes=2");
            assertEquals(3, alone.status(), alone.toString());
            assertTrue(alone.errors().contains("1 of 2 nodes have it from here"), alone.errors());
        }
        Ended away = run("phone", "blob", "where", hash);
        assertEquals(3, away.status(), away.toString());
        assertTrue(away.errors().contains("nothing answers at"), away.toString());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private String address(NodeProcess node) throws IOException {
        String token = Files.readString(scratch.resolve("node").resolve("admin.token")).strip();
        return node.url().replaceFirst("^http", "ws") + "/device?token=" + token;
    }

    private String ok(String device, String... arguments) throws Exception {
        Ended ended = run(device, arguments);
        assertEquals(0, ended.status(), ended.toString());
        return ended.output();
    }

    private String refused(String device, String... arguments) throws Exception {
        Ended ended = run(device, arguments);
        assertEquals(2, ended.status(), ended.toString());
        assertFalse(ended.errors().contains("Exception"), ended.toString());
        return ended.errors();
    }

    private Ended run(String device, String... arguments) throws Exception {
        Path output = Files.createTempFile(scratch, "out", ".txt");
        Process process = start(output, device, arguments);
        int status = process.waitFor();
        return new Ended(status, read(output).strip(), read(errors(output)));
    }

    private static Path errors(Path output) {
        return output.resolveSibling(output.getFileName() + ".err");
    }

    private Process start(Path output, String device, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(StartCache.device());
        command.addAll(List.of(arguments));
        var builder =
                new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(errors(output).toFile());
        builder.environment()
                .putAll(Map.of("ELOHIM_DEVICE_DIR", scratch.resolve(device).toString()));
        return builder.start();
    }
}
