package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

class BlobRoutesTest extends ServedRoutes {
    private static final byte[] SMALL = random(5_000);
    private static final byte[] LARGE = random(3_000_000);

    private static byte[] random(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private static String path(byte[] content) {
        return "/blobs/" + hash(content);
    }

    private static HttpRequest put(String path, byte[] content) {
        return HttpRequest.PUT(path).withEntity(content);
    }

    /// As it comes over a socket: in pieces.
    private static HttpRequest streamed(String path, byte[] content, Source<ByteString, ?> sent) {
        if (content.length == 0) {
            return put(path, content);
        }
        return HttpRequest.PUT(path)
                .withEntity(
                        HttpEntities.create(
                                ContentTypes.APPLICATION_OCTET_STREAM,
                                content.length,
                                sent.mapMaterializedValue(every -> (Object) every)));
    }

    private static Source<ByteString, ?> pieces(byte[] content) {
        return Source.range(0, (content.length - 1) / 10_000)
                .map(
                        i ->
                                ByteString.fromArray(
                                        Arrays.copyOfRange(
                                                content,
                                                i * 10_000,
                                                Math.min(content.length, (i + 1) * 10_000))));
    }

    private static HttpRequest with(HttpRequest request, String name, String value) {
        return request.addHeader(RawHeader.create(name, value));
    }

    private HttpResponse sent(HttpRequest request) throws Exception {
        return as(OPERATOR, request);
    }

    private static byte[] bytes(HttpResponse response) throws Exception {
        return response.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .runFold(ByteString.emptyByteString(), ByteString::concat, actors.system())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .toArray();
    }

    private static String header(HttpResponse response, String name) {
        return response.getHeader(name).map(HttpHeader::value).orElse("none");
    }

    private static void assertStatus(int status, HttpResponse response) throws Exception {
        if (response.status().intValue() != status) {
            assertEquals(status, response.status().intValue(), body(response));
        }
    }

    @Test
    void whatWasPutIsGotUnderItsHash() throws Exception {
        for (byte[] content : new byte[][] {SMALL, LARGE, new byte[0]}) {
            HttpResponse put = sent(streamed("/blobs", content, pieces(content)));
            assertStatus(201, put);
            JsonNode told = JSON.readTree(body(put));
            assertEquals(hash(content).toString(), told.path("hash").asText());
            assertEquals(content.length, told.path("size").asInt());
            assertEquals(path(content), header(put, "Location"));

            HttpResponse got = sent(HttpRequest.GET(path(content)));
            assertStatus(200, got);
            assertEquals(content.length, got.entity().getContentLengthOption().orElse(-1));
            assertEquals("\"" + hash(content) + "\"", header(got, "ETag"));
            assertEquals(ContentDigest.of(hash(content)), header(got, "Content-Digest"));
            assertEquals("nosniff", header(got, "X-Content-Type-Options"));
            assertArrayEquals(content, bytes(got));
        }
    }

    @Test
    void anotherContentThanWasPromisedIsRefusedAndNotKept() throws Exception {
        for (byte[] content : new byte[][] {SMALL, LARGE}) {
            byte[] promised = random(77);
            HttpResponse refused = sent(streamed(path(promised), content, pieces(content)));
            assertStatus(422, refused);
            assertTrue(body(refused).contains(hash(content).toString()));

            HttpRequest digested = streamed("/blobs", content, pieces(content));
            assertStatus(
                    422, sent(with(digested, "Content-Digest", ContentDigest.of(hash(promised)))));

            assertStatus(404, sent(HttpRequest.GET(path(content))));
            assertStatus(404, sent(HttpRequest.GET(path(promised))));
        }
    }

    @Test
    void aDigestIsCheckedAndOneThatIsNoneIsToldOf() throws Exception {
        HttpRequest right =
                with(
                        put("/blobs", SMALL),
                        "Content-Digest",
                        "sha-512=:AAAA:, " + ContentDigest.of(hash(SMALL)));
        assertStatus(201, sent(right));
        assertStatus(400, sent(with(put("/blobs", SMALL), "Content-Digest", "sha-256=:AAAA:")));
        assertStatus(400, sent(with(put("/blobs", SMALL), "Content-Digest", "sha-256=AAAA")));
        assertStatus(201, sent(with(put("/blobs", SMALL), "Content-Digest", "md5=:AAAA:")));
    }

    @Test
    void rangesAreServedAndWhatIsBehindTheEndIsNot() throws Exception {
        for (byte[] content : new byte[][] {SMALL, LARGE}) {
            assertStatus(201, sent(put(path(content), content)));
            int from = content.length / 3;
            int to = content.length - 7;
            HttpRequest get =
                    with(
                            HttpRequest.GET(path(content)),
                            "Range",
                            "bytes=%d-%d".formatted(from, to - 1));
            HttpResponse part = sent(get);
            assertStatus(206, part);
            assertEquals(
                    "bytes %d-%d/%d".formatted(from, to - 1, content.length),
                    header(part, "Content-Range"));
            assertArrayEquals(Arrays.copyOfRange(content, from, to), bytes(part));

            HttpResponse fresh = sent(with(get, "If-Range", "\"" + hash(content) + "\""));
            assertStatus(206, fresh);
            assertStatus(200, sent(with(get, "If-Range", "\"other\"")));

            HttpResponse behind =
                    sent(
                            with(
                                    HttpRequest.GET(path(content)),
                                    "Range",
                                    "bytes=" + content.length + "-"));
            assertStatus(416, behind);
            assertEquals("bytes */" + content.length, header(behind, "Content-Range"));
        }
    }

    @Test
    void severalRangesComeAsSeveralParts() throws Exception {
        assertStatus(201, sent(put("/blobs", LARGE)));
        HttpResponse parts =
                sent(with(HttpRequest.GET(path(LARGE)), "Range", "bytes=0-1,1000000-1300000"));
        assertStatus(206, parts);
        String type = parts.entity().getContentType().toString();
        assertTrue(type.startsWith("multipart/byteranges"), type);
        byte[] body = bytes(parts);
        assertEquals(body.length, parts.entity().getContentLengthOption().orElse(-1));
        String text = new String(body, StandardCharsets.ISO_8859_1);
        String boundary = type.replaceFirst(".*boundary=\"?([0-9a-f]+)\"?.*", "$1");
        String[] split = text.split("\r\n--" + boundary, -1);
        assertEquals(4, split.length);
        assertTrue(split[2].contains("Content-Range: bytes 1000000-1300000/3000000\r\n\r\n"));
        assertEquals(
                new String(LARGE, 1_000_000, 300_001, StandardCharsets.ISO_8859_1),
                split[2].substring(split[2].indexOf("\r\n\r\n") + 4));
        assertEquals("--\r\n", split[3]);
    }

    @Test
    void whoeverHasItIsToldThatItIsTheSame() throws Exception {
        assertStatus(201, sent(put("/blobs", SMALL)));
        HttpRequest get = HttpRequest.GET(path(SMALL));
        String tag = "\"" + hash(SMALL) + "\"";
        assertStatus(304, sent(with(get, "If-None-Match", "\"a\", W/" + tag)));
        assertStatus(200, sent(with(get, "If-None-Match", "\"a\"")));
        assertStatus(412, sent(with(get, "If-Match", "\"a\"")));
        assertStatus(200, sent(with(get, "If-Match", tag)));
        HttpRequest absent = HttpRequest.GET(path(LARGE));
        assertStatus(404, sent(with(absent, "If-None-Match", "*")));
    }

    @Test
    void whatWasDeletedIsNotServedUntilItIsPutAgain() throws Exception {
        assertStatus(201, sent(put("/blobs", SMALL)));
        assertStatus(200, sent(HttpRequest.GET(path(SMALL))));

        assertStatus(204, sent(HttpRequest.DELETE(path(SMALL))));
        assertStatus(404, sent(HttpRequest.GET(path(SMALL))));
        assertStatus(404, sent(HttpRequest.GET(path(LARGE))));

        assertStatus(201, sent(put("/blobs", SMALL)));
        assertStatus(200, sent(HttpRequest.GET(path(SMALL))));
    }

    private HttpRequest part(byte[] content, int from, int to) {
        return with(
                put(path(content), Arrays.copyOfRange(content, from, to)),
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, to - 1, content.length));
    }

    private JsonNode standing(byte[] content) throws Exception {
        HttpResponse told = sent(HttpRequest.GET(path(content) + "/upload"));
        assertStatus(200, told);
        return JSON.readTree(body(told));
    }

    @Test
    void partsMakeAWhole() throws Exception {
        for (byte[] content : new byte[][] {SMALL, LARGE}) {
            int middle = content.length / 2;
            assertEquals(0, standing(content).path("offset").asInt(-1));
            assertStatus(202, sent(part(content, 0, middle)));
            assertEquals(middle, standing(content).path("offset").asInt());

            HttpResponse wrong = sent(part(content, middle + 1, content.length));
            assertStatus(409, wrong);
            assertEquals(middle, JSON.readTree(body(wrong)).path("offset").asInt());

            assertStatus(201, sent(part(content, middle, content.length)));
            assertArrayEquals(content, bytes(sent(HttpRequest.GET(path(content)))));
            assertTrue(standing(content).path("complete").asBoolean());
            assertEquals(content.length, standing(content).path("offset").asInt());
        }
    }

    @Test
    void aPartThatIsNotWhatItSaysIsRefused() throws Exception {
        assertStatus(400, sent(with(put(path(LARGE), SMALL), "Content-Range", "bytes 0-9/100")));
        assertStatus(400, sent(with(put(path(LARGE), SMALL), "Content-Range", "bytes 0-4999/*")));
        assertStatus(400, sent(with(put("/blobs", SMALL), "Content-Range", "bytes 0-4999/5000")));
        HttpRequest digested =
                with(part(LARGE, 0, 1000), "Content-Digest", ContentDigest.of(hash(SMALL)));
        assertStatus(422, sent(digested));
        assertEquals(0, standing(LARGE).path("offset").asInt(-1));
    }

    @Test
    void aLargeBlobThatBreaksOffIsGoneOnWith() throws Exception {
        Source<ByteString, ?> broken =
                pieces(LARGE)
                        .take(200)
                        .concatLazy(
                                Source.lazySource(
                                        () ->
                                                Source.<ByteString>failed(
                                                        new IllegalStateException("cut"))));
        assertStatus(400, sent(streamed(path(LARGE), LARGE, broken)));
        int offset = standing(LARGE).path("offset").asInt();
        assertTrue(offset > 1 << 20 && offset <= 2_000_000, "offset=" + offset);
        assertFalse(standing(LARGE).path("complete").asBoolean());

        assertStatus(201, sent(part(LARGE, offset, LARGE.length)));
        assertArrayEquals(LARGE, bytes(sent(HttpRequest.GET(path(LARGE)))));
    }

    @Test
    void whatHasComeOfAnUploadCanBeDropped() throws Exception {
        assertStatus(202, sent(part(LARGE, 0, 2_000_000)));
        assertStatus(204, sent(HttpRequest.DELETE(path(LARGE) + "/upload")));
        assertEquals(0, standing(LARGE).path("offset").asInt(-1));
        try (var files = Files.list(directory.resolve("blobs"))) {
            assertEquals(
                    0, files.map(Path::toString).filter(name -> name.endsWith(".new")).count());
        }
    }

    @Test
    void blobsAreForWhoeverMayReadOrWriteWhatIsPrivate() throws Exception {
        assertStatus(401, answer(put("/blobs", SMALL)));
        assertStatus(401, answer(HttpRequest.GET(path(SMALL))));
        String reads = issued("read:reach:private");
        String writes = issued("write:reach:private");
        assertStatus(201, as(writes, put("/blobs", SMALL)));
        assertStatus(403, as(reads, put("/blobs", SMALL)));
        assertStatus(200, as(reads, HttpRequest.GET(path(SMALL))));
        assertStatus(403, as(reads, HttpRequest.DELETE(path(SMALL))));
    }

    @Test
    void whatIsDamagedIsNotServedUntilItIsPutAgain() throws Exception {
        assertStatus(201, sent(put("/blobs", LARGE)));
        Path file = directory.resolve("blobs").resolve(hash(LARGE) + ".blob");
        try (var disk = FileChannel.open(file, StandardOpenOption.WRITE)) {
            disk.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 2_000_000);
        }

        HttpResponse broken = sent(HttpRequest.GET(path(LARGE)));
        assertStatus(200, broken);
        assertThrows(ExecutionException.class, () -> bytes(broken));
        HttpResponse damaged = sent(HttpRequest.GET(path(LARGE)));
        assertStatus(500, damaged);
        assertTrue(body(damaged).contains("puts it again"));

        assertStatus(201, sent(put("/blobs", LARGE)));
        assertArrayEquals(LARGE, bytes(sent(HttpRequest.GET(path(LARGE)))));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeItComes() throws Exception {
        HttpRequest tooMuch =
                HttpRequest.PUT("/blobs")
                        .withEntity(
                                HttpEntities.create(
                                        ContentTypes.APPLICATION_OCTET_STREAM,
                                        BLOBS_CAPACITY_BYTES + 1,
                                        Source.<ByteString>maybe()
                                                .mapMaterializedValue(every -> (Object) every)));
        HttpResponse refused = sent(with(tooMuch, "Expect", "100-continue"));
        assertStatus(507, refused);
        assertTrue(body(refused).contains("storage.max_capacity"));
    }

    @Test
    void whatIsNoHashIsToldSoAndOtherMethodsAreRefused() throws Exception {
        assertStatus(400, sent(HttpRequest.GET("/blobs/abc")));
        assertStatus(
                400, sent(put("/blobs/" + hash(SMALL).toString().toUpperCase(Locale.ROOT), SMALL)));
        assertStatus(404, sent(HttpRequest.GET("/blobs/abc/def")));
        assertStatus(404, sent(HttpRequest.GET("/blobsters")));
        HttpResponse wrong = sent(HttpRequest.POST("/blobs"));
        assertStatus(405, wrong);
        assertEquals("PUT", header(wrong, "Allow"));
    }

    @Test
    void aNodeThatTakesNoEditsTakesNoBlobs() throws Exception {
        intake.close("it leaves");
        assertStatus(503, sent(put("/blobs", SMALL)));
        assertStatus(404, sent(HttpRequest.GET(path(SMALL))));
    }
}
