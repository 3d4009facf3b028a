package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

import org.elohim.client.grpc.GrpcNode;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.health.wire.HealthCheckRequest;
import org.elohim.protocol.health.wire.HealthCheckResponse;
import org.elohim.protocol.health.wire.HealthCheckResponse.ServingStatus;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.node.wire.BlobChunk;
import org.elohim.protocol.node.wire.GetBlobRequest;
import org.elohim.protocol.node.wire.NodeStatus;
import org.elohim.protocol.node.wire.Readiness;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A node over gRPC, as devices and strangers speak to it.
class GrpcIT extends NodeAndDevices {
    private static final Path HOME = Path.of(System.getProperty("elohim.home"));
    private static final String SERVICE = "elohim.node.v1.ElohimNode/";
    private static final int SILENTLY_MISSED = 100;
    // As the script in JavaScript has it.
    private static final int BLOB_BYTES = 3_000_000;

    @Test
    void devicesSyncOverGrpcAsOverTheWebSocket() throws Exception {
        DocumentId document = document();
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice();
                var tablet = new MemoryDevice()) {
            phone.connectGrpc(grpc(node, operator()));
            laptop.connect(node.url(), operator());
            tablet.connectGrpc(grpc(node, operator()));
            phone.edit(document, 100);
            laptop.edit(document, 200_000);
            tablet.edit(document, 100);

            NodeProcess.await(
                    "all to be the same, and acknowledged",
                    () ->
                            same(phone, laptop, document)
                                    && same(phone, tablet, document)
                                    && phone.unacknowledged() == 0
                                    && tablet.unacknowledged() == 0
                                    && laptop.unacknowledged() == 0);
            try (GrpcNode asked = grpc(node, operator())) {
                NodeStatus status = asked.status();
                assertEquals(node.nodeId(), status.getNode());
                assertEquals(Readiness.READINESS_READY, status.getReadiness());
                assertEquals(3, status.getDevicesConnected());
            }

            whoReadsNothingKeepsNobodyWaiting(node, document, phone, laptop);

            node.signal("TERM");
            NodeProcess.await(
                    "the device to hear why",
                    () -> phone.heard.contains(new SyncMessage.Failure("the node stops")));
            assertEquals(0, node.awaitExit());
        }
    }

    /// More than the line between the two holds.
    private void whoReadsNothingKeepsNobodyWaiting(
            NodeProcess node, DocumentId document, MemoryDevice writer, MemoryDevice reader)
            throws Exception {
        var reading = new CountDownLatch(1);
        var met = new AtomicBoolean();
        long before = node.instances("org.elohim.node.sync.SyncLines$Line");
        try (var silent = new MemoryDevice()) {
            silent.connectGrpc(
                    grpc(node, operator()),
                    () -> {
                        if (met.get()) {
                            awaited(reading);
                        }
                    });
            NodeProcess.await("the silent one", () -> same(writer, silent, document));
            met.set(true);
            for (int i = 0; i < SILENTLY_MISSED; i++) {
                writer.edit(document, 200_000);
            }
            NodeProcess.await(
                    "all but the silent one",
                    () -> same(writer, reader, document) && writer.unacknowledged() == 0);
            assertFalse(same(writer, silent, document));
            reading.countDown();
            NodeProcess.await("the silent one", () -> same(writer, silent, document));
        }
        NodeProcess.await(
                "it to be forgotten",
                () -> node.instances("org.elohim.node.sync.SyncLines$Line") == before);
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    @Test
    void whatIsWrongIsToldInWordsAndCostsNobodyElseAnything() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var connection = new Raw(channel(node));
                GrpcNode stranger = grpc(node, "elohim_wrong")) {
            String token = operator();
            Status wrong = assertThrows(StatusRuntimeException.class, stranger::status).getStatus();
            assertEquals(Status.Code.UNAUTHENTICATED, wrong.getCode());
            assertTrue(String.valueOf(wrong.getDescription()).contains("revoked"), wrong::toString);
            assertEquals(
                    Status.Code.UNAUTHENTICATED,
                    connection.end("GetStatus", "", new byte[0]).getCode());
            assertEquals(
                    Status.Code.UNAUTHENTICATED, connection.end("Sync", "", new byte[0]).getCode());

            Status unknown = connection.end("GiveMeEverything", token, new byte[0]);
            assertEquals(Status.Code.UNIMPLEMENTED, unknown.getCode());
            assertTrue(
                    String.valueOf(unknown.getDescription()).contains("GiveMeEverything"),
                    unknown::toString);
            Status noHash = connection.end("GetBlob", token, new byte[0]);
            assertEquals(Status.Code.INVALID_ARGUMENT, noHash.getCode());
            assertTrue(String.valueOf(noHash.getDescription()).contains("32 bytes"));
            byte[] gap = BlobChunk.newBuilder().setOffset(7).build().toByteArray();
            assertEquals(
                    Status.Code.INVALID_ARGUMENT, connection.end("PutBlob", token, gap).getCode());
            assertEquals(
                    Status.Code.RESOURCE_EXHAUSTED,
                    connection.end("PutBlob", token, new byte[2 << 20]).getCode());
            assertEquals(
                    Status.Code.INVALID_ARGUMENT,
                    connection.end("GetStatus", token, new byte[] {(byte) 0xff}).getCode());
            assertEquals(
                    Status.Code.RESOURCE_EXHAUSTED,
                    connection
                            .end("Sync", token, new byte[SyncCodec.FRAME_BYTES_MAX + 1])
                            .getCode());
            assertEquals(
                    Status.Code.ABORTED,
                    connection.end("Sync", token, new byte[] {1, 2, 3}).getCode());
            assertEquals(
                    Status.Code.UNIMPLEMENTED,
                    connection.endCompressed("Sync", token, new byte[1_000]).getCode());
            // Half-closed before a word was said.
            assertEquals(Status.Code.OK, connection.end("Sync", token).getCode());
            for (int i = 0; i < 20; i++) {
                connection.cancelled("Sync", token);
            }

            try (GrpcNode well = grpc(node, token)) {
                assertEquals(Readiness.READINESS_READY, well.status().getReadiness());
            }
            healthAndReflectionNeedNoToken(connection);
            NodeProcess.await(
                    "the calls to be forgotten",
                    () -> node.instances("org.elohim.node.sync.SyncLines$Line") == 0);
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    private static byte[] chunk(String content, String reach) {
        return BlobChunk.newBuilder()
                .setData(ByteString.copyFromUtf8(content))
                .setReach(reach)
                .build()
                .toByteArray();
    }

    private static byte[] asked(String content) {
        Bytes hash = ContentHash.of(Bytes.copyOf(content.getBytes(StandardCharsets.UTF_8))).bytes();
        return GetBlobRequest.newBuilder()
                .setHash(ByteString.copyFrom(hash.asReadOnlyBuffer()))
                .build()
                .toByteArray();
    }

    @Test
    void aBlobIsForTokensThatCoverItsReach() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var connection = new Raw(channel(node))) {
            String all = operator();
            String commons = token(node, "write:reach:commons");
            Status garbage = connection.end("PutBlob", all, chunk("a", "everybody"));
            assertEquals(Status.Code.INVALID_ARGUMENT, garbage.getCode());
            Status narrow = connection.end("PutBlob", commons, chunk("a", "private"));
            assertEquals(Status.Code.PERMISSION_DENIED, narrow.getCode());
            assertTrue(String.valueOf(narrow.getDescription()).contains("is commons"));

            assertEquals(
                    Status.Code.OK, connection.end("PutBlob", all, chunk("hidden", "")).getCode());
            assertEquals(
                    Status.Code.OK,
                    connection.end("PutBlob", all, chunk("shown", "commons")).getCode());
            assertEquals(
                    Status.Code.OK,
                    connection.end("PutBlob", commons, chunk("theirs", "")).getCode());
            for (String content : List.of("shown", "theirs")) {
                Status got = connection.end("GetBlob", commons, asked(content));
                assertEquals(Status.Code.OK, got.getCode(), content);
            }
            assertEquals(Status.Code.OK, connection.end("GetBlob", all, asked("hidden")).getCode());
            for (String content : List.of("hidden", "nothing")) {
                Status got = connection.end("GetBlob", commons, asked(content));
                assertEquals(Status.Code.NOT_FOUND, got.getCode(), content);
            }
        }
    }

    private static void healthAndReflectionNeedNoToken(Raw connection) throws Exception {
        String check = "grpc.health.v1.Health/Check";
        for (String service : List.of("", "elohim.node.v1.ElohimNode")) {
            byte[] asked =
                    HealthCheckRequest.newBuilder().setService(service).build().toByteArray();
            assertEquals(
                    ServingStatus.SERVING,
                    HealthCheckResponse.parseFrom(connection.answer(check, asked)).getStatus());
        }
        byte[] other = HealthCheckRequest.newBuilder().setService("other").build().toByteArray();
        assertEquals(Status.Code.NOT_FOUND, connection.end(check, "", other).getCode());
        assertEquals(
                ServingStatus.SERVING,
                HealthCheckResponse.parseFrom(
                                connection.answer("grpc.health.v1.Health/Watch", new byte[0]))
                        .getStatus());

        String reflection = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
        // Field 7 asks for the services, field 4 for the file in which something stands.
        String services = text(connection.answer(reflection, new byte[] {7 << 3 | 2, 0}));
        assertTrue(services.contains("elohim.node.v1.ElohimNode"), services);
        assertTrue(services.contains("grpc.health.v1.Health"), services);
        byte[] name = "elohim.node.v1.ElohimNode".getBytes(StandardCharsets.US_ASCII);
        var asked = new ByteArrayOutputStream();
        asked.write(4 << 3 | 2);
        asked.write(name.length);
        asked.writeBytes(name);
        String file = text(connection.answer(reflection, asked.toByteArray()));
        assertTrue(file.contains("PutDocumentRequest"), file);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void aPortThatIsTakenIsToldInWords() throws Exception {
        try (var taken = new ServerSocket(0);
                var node =
                        NodeProcess.start(
                                scratch,
                                Map.of("ELOHIM_API_LISTEN", "0.0.0.0"),
                                NodeProcess.command(
                                        "--data-dir",
                                        data().toString(),
                                        "--http-port",
                                        "0",
                                        "--grpc-port",
                                        Integer.toString(taken.getLocalPort())))) {
            assertEquals(3, node.awaitExit());
            assertTrue(node.errors().contains("--grpc-port"), node.errors());
        }
    }

    /// `@grpc/grpc-js` with `@grpc/proto-loader`, from the very files that others generate from.
    @Test
    @Tag("tools")
    void aClientOfOtherMakeGetsAlong() throws Exception {
        Path modules = Files.createDirectories(scratch.resolve("npm"));
        Path source = HOME.resolve("multi-jvm-tests/src/test/npm-grpc");
        for (String file : List.of("package.json", "package-lock.json", ".npmrc", "client.js")) {
            Files.copy(source.resolve(file), modules.resolve(file));
        }
        run(modules, "npm", "ci", "--silent");
        DocumentId document = document();
        ChangeChunk change =
                Chunks.change(List.of(), Bytes.parseHex("0102030405060708"), 1, Bytes.EMPTY);
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice()) {
            phone.connect(node.url(), operator());
            String printed =
                    run(
                            modules,
                            "node",
                            "client.js",
                            node.grpc(),
                            operator(),
                            HOME.resolve("protocol/src/main/protobuf").toString(),
                            document().toString(),
                            document.uuid().toHex(),
                            change.hash().bytes().toHex(),
                            change.bytes().toHex());
            JsonNode told = new JsonMapper().readTree(printed);
            assertEquals(node.nodeId(), told.at("/status/node").asText());
            assertEquals("READINESS_READY", told.at("/status/readiness").asText());
            assertEquals(Status.Code.UNAUTHENTICATED.value(), told.at("/nobody/code").asInt());
            assertTrue(told.at("/nobody/words").asText().contains("Bearer"), printed);
            assertEquals(Status.Code.NOT_FOUND.value(), told.at("/absent/code").asInt(), printed);
            assertEquals(BLOB_BYTES, told.at("/blob/put/size").asInt(), printed);
            assertEquals(told.at("/blob/put/hash"), told.at("/blob/got/hash"), printed);
            assertEquals(BLOB_BYTES - 1_000_000, told.at("/blob/got/size").asInt(), printed);
            assertEquals(1, told.at("/put/changes").asInt(), printed);
            assertEquals("{\"b\":2}", told.at("/got/json").asText(), printed);
            assertEquals(told.at("/put/etag"), told.at("/got/etag"), printed);
            assertEquals(Status.Code.ABORTED.value(), told.at("/stale/code").asInt(), printed);
            assertEquals(1, told.at("/sync/acknowledged").asInt(), printed);
            assertEquals(Status.Code.OK.value(), told.at("/sync/code").asInt(), printed);

            List<ContentHash> expected = List.of(change.hash());
            NodeProcess.await(
                    "the change to come to a device", () -> phone.heads(document).equals(expected));
        }
    }

    private static String run(Path folder, String... command) throws Exception {
        Path output = Files.createTempFile(folder, "out", ".txt");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> String.join(" ", command));
        String printed = Files.readString(output);
        assertEquals(0, process.exitValue(), printed);
        return printed;
    }

    private static GrpcNode grpc(NodeProcess node, String token) {
        URI at = URI.create("grpc://" + node.grpc());
        return GrpcNode.at(at.getHost(), at.getPort(), token);
    }

    private static ManagedChannel channel(NodeProcess node) {
        return ManagedChannelBuilder.forTarget(node.grpc()).usePlaintext().build();
    }

    /// Calls that say whatever a test likes.
    private record Raw(ManagedChannel channel) implements AutoCloseable {
        /// How the node ends a call in which this was said, and nothing more.
        Status end(String method, String token, byte[]... messages) throws Exception {
            return end(method, token, CallOptions.DEFAULT, messages);
        }

        Status endCompressed(String method, String token, byte[] message) throws Exception {
            return end(method, token, CallOptions.DEFAULT.withCompression("gzip"), message);
        }

        private Status end(String method, String token, CallOptions options, byte[]... messages)
                throws Exception {
            var ended = new CompletableFuture<Status>();
            ClientCall<byte[], byte[]> call = begin(method, token, options, ended);
            call.request(Integer.MAX_VALUE);
            for (byte[] message : messages) {
                call.sendMessage(message);
            }
            call.halfClose();
            return ended.get(30, TimeUnit.SECONDS);
        }

        /// Begins a call, and ends it without waiting for anything.
        void cancelled(String method, String token) throws Exception {
            var ended = new CompletableFuture<Status>();
            ClientCall<byte[], byte[]> call = begin(method, token, CallOptions.DEFAULT, ended);
            call.sendMessage(new byte[0]);
            call.cancel("enough", null);
            ended.get(30, TimeUnit.SECONDS);
        }

        /// The first answer to this, from whoever needs no token.
        byte[] answer(String method, byte[] message) throws Exception {
            var answered = new CompletableFuture<byte[]>();
            var ended = new CompletableFuture<Status>();
            var _ =
                    ended.thenAccept(
                            status ->
                                    answered.completeExceptionally(
                                            new AssertionError("ended by " + status)));
            ClientCall<byte[], byte[]> call =
                    begin(method, "", CallOptions.DEFAULT, ended, answered);
            call.request(1);
            call.sendMessage(message);
            call.halfClose();
            byte[] answer = answered.get(30, TimeUnit.SECONDS);
            call.cancel("enough", null);
            return answer;
        }

        private ClientCall<byte[], byte[]> begin(
                String method, String token, CallOptions options, CompletableFuture<Status> ended) {
            return begin(method, token, options, ended, new CompletableFuture<>());
        }

        /// @param method of the node's own service, or of another one with its name
        private ClientCall<byte[], byte[]> begin(
                String method,
                String token,
                CallOptions options,
                CompletableFuture<Status> ended,
                CompletableFuture<byte[]> answered) {
            ClientCall<byte[], byte[]> call =
                    channel.newCall(
                            MethodDescriptor.<byte[], byte[]>newBuilder()
                                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                                    .setFullMethodName(
                                            method.contains("/") ? method : SERVICE + method)
                                    .setRequestMarshaller(new Plain())
                                    .setResponseMarshaller(new Plain())
                                    .build(),
                            options);
            var headers = new Metadata();
            if (!token.isEmpty()) {
                headers.put(
                        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                        "Bearer " + token);
            }
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(byte[] message) {
                            answered.complete(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            ended.complete(status);
                        }
                    },
                    headers);
            return call;
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    private record Plain() implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }
    }
}
