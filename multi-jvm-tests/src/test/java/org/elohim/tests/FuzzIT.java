package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.fuzz.Fuzzer;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/// Whatever comes in at a running node's sockets; `-Dfuzz.seconds` makes it hours.
class FuzzIT {
    @TempDir Path scratch;

    @Test
    @DisplayName("R-16: nothing that comes in at /device harms the node or an honest device")
    void nothingThatComesInAtTheDeviceSocketHarmsTheNode() throws Exception {
        Path data = scratch.resolve("data");
        try (var node = NodeProcess.ready(scratch, data);
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            String token = Files.readString(data.resolve("admin.token")).strip();
            DocumentId document = NodeAndDevices.document();
            ContentHash before = phone.edit(document, 100);
            phone.connect(node.url(), token);
            NodeProcess.await("the first change", () -> phone.acknowledged.contains(before));
            phone.disconnect();
            String address = node.url().replaceFirst("^http", "ws") + "/device?token=" + token;

            new Fuzzer("device", DeviceFuzz.class.getName(), "-Dfuzz.address=" + address).run();

            NodeProcess.await(
                    "the connections to be forgotten",
                    () -> node.instances("org.elohim.node.sync.SyncLines$Line") == 0);
            assertEquals(200, node.get("/health").statusCode());
            phone.edit(document, 100);
            phone.connect(node.url(), token);
            laptop.connect(node.url(), token);
            NodeProcess.await(
                    "both to be level",
                    () ->
                            NodeAndDevices.same(phone, laptop, document)
                                    && laptop.has(document, before));
        }
    }
}
