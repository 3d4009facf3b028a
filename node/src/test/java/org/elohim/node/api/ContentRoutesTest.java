package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.elohim.node.materialiser.Contents;
import org.elohim.node.materialiser.Expected;
import org.elohim.node.materialiser.Reading;
import org.elohim.node.materialiser.Refusal;
import org.elohim.node.materialiser.Tag;
import org.elohim.node.materialiser.Writing;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a document says, over HTTP.
class ContentRoutesTest extends ServedRoutes {
    private static final String PATH = "/documents/" + DOCUMENT;
    private static final ContentHash HASH = ContentHash.of(Bytes.EMPTY);

    @Test
    void aDocumentComesAsItIsWithItsTag() throws Exception {
        contents.reading =
                new Reading.Shown(
                        Bytes.copyOf("{\"a\":1}".getBytes(StandardCharsets.UTF_8)),
                        FakeContents.TAG,
                        List.of(HASH),
                        List.of());

        HttpResponse shown = as(OPERATOR, HttpRequest.GET(PATH));

        assertEquals(200, shown.status().intValue());
        assertEquals("{\"a\":1}", body(shown));
        assertEquals("\"0123\"", shown.getHeader("ETag").orElseThrow().value());
        assertFalse(shown.getHeader("Elohim-Left-Out").isPresent());
    }

    @Test
    void whatIsLeftOutIsSaid() throws Exception {
        contents.reading =
                new Reading.Shown(Bytes.EMPTY, FakeContents.TAG, List.of(HASH), List.of(HASH));

        HttpResponse shown = as(OPERATOR, HttpRequest.GET(PATH));

        assertEquals("1", shown.getHeader("Elohim-Left-Out").orElseThrow().value());
        assertEquals(
                HASH.toString(), shown.getHeader("Elohim-Left-Out-Changes").orElseThrow().value());
        assertTrue(shown.getHeader("Elohim-Note").orElseThrow().value().contains("last good"));
    }

    @Test
    void whoHasItAlreadyIsToldSo() throws Exception {
        HttpResponse same =
                as(
                        OPERATOR,
                        HttpRequest.GET(PATH)
                                .addHeader(RawHeader.create("If-None-Match", "\"77\", \"0123\"")));
        assertEquals(304, same.status().intValue());
        assertEquals("\"0123\"", same.getHeader("ETag").orElseThrow().value());
        // A proxy that compresses makes tags weak; and there may be several lines.
        HttpResponse alike =
                as(
                        OPERATOR,
                        HttpRequest.GET(PATH)
                                .addHeader(RawHeader.create("If-None-Match", "\"77\""))
                                .addHeader(RawHeader.create("If-None-Match", "W/\"0123\"")));
        assertEquals(304, alike.status().intValue());
    }

    @Test
    void whatIsNoTagIsNotTakenForOneThatHasChanged() throws Exception {
        for (String header : List.of("0123", "\"a\", b", "", "*, \"a\"")) {
            HttpResponse refused =
                    as(
                            OPERATOR,
                            HttpRequest.PUT(PATH)
                                    .withEntity("{}")
                                    .addHeader(RawHeader.create("If-Match", header)));
            assertEquals(400, refused.status().intValue(), header);
            assertTrue(body(refused).contains("quotation marks"));
        }
        assertEquals(List.of(), contents.expected);
    }

    @Test
    void whoHangsUpInABodyIsNoMistakeOfTheNode() throws Exception {
        HttpResponse refused =
                as(
                        OPERATOR,
                        HttpRequest.PUT(PATH)
                                .withEntity(
                                        HttpEntities.createChunked(
                                                ContentTypes.APPLICATION_JSON,
                                                Source.single(ByteString.fromString("{"))
                                                        .concat(
                                                                Source.failed(
                                                                        new IOException(
                                                                                "truncated")))))
                                .addHeader(RawHeader.create("If-Match", "*")));
        assertEquals(400, refused.status().intValue());
        assertTrue(body(refused).contains("cut off"));
        assertEquals("", contents.written);
    }

    @Test
    void whatIsAnywhereIsWhatOneMayWriteOver() {
        assertTrue(new Expected.Anything().holds(FakeContents.TAG, false));
        assertFalse(new Expected.Anything().holds(FakeContents.TAG, true));
        assertTrue(new Expected.Nothing().holds(FakeContents.TAG, true));
        assertFalse(new Expected.Nothing().holds(FakeContents.TAG, false));
    }

    @Test
    void nothingIsWrittenWithoutSayingOverWhat() throws Exception {
        HttpResponse refused = as(OPERATOR, HttpRequest.PUT(PATH).withEntity("{}"));
        assertEquals(428, refused.status().intValue());
        assertTrue(body(refused).contains("If-None-Match: *"));
        assertEquals(List.of(), contents.expected);

        for (Map.Entry<String, String> condition :
                List.of(
                        Map.entry("If-None-Match", "*"),
                        Map.entry("If-Match", "*"),
                        Map.entry("If-Match", "\"a\",\"b\""),
                        // Weak ones are no match.
                        Map.entry("If-Match", "W/\"a\""))) {
            HttpResponse made =
                    as(
                            OPERATOR,
                            HttpRequest.PUT(PATH)
                                    .withEntity(ContentTypes.APPLICATION_JSON, "{\"a\":1}")
                                    .addHeader(
                                            RawHeader.create(
                                                    condition.getKey(), condition.getValue())));
            assertEquals(201, made.status().intValue());
        }
        assertEquals("{\"a\":1}", contents.written);
        assertEquals(
                List.of(
                        new Expected.Nothing(),
                        new Expected.Anything(),
                        new Expected.OneOf(Set.of(new Tag("a"), new Tag("b"))),
                        new Expected.OneOf(Set.of())),
                contents.expected);
    }

    @Test
    void aBodyThatIsTooLargeIsNotTakenIn() throws Exception {
        HttpResponse refused =
                as(
                        OPERATOR,
                        HttpRequest.PUT(PATH)
                                .withEntity(new byte[Contents.JSON_BYTES_MAX + 1])
                                .addHeader(RawHeader.create("If-Match", "*")));
        assertEquals(413, refused.status().intValue());
        assertTrue(body(refused).contains("4 MiB"));
        assertEquals("", contents.written);
    }

    @Test
    void whatStandsInTheWayHasItsStatusAndItsWords() throws Exception {
        Map<Refusal.Kind, Integer> statuses = new EnumMap<>(Refusal.Kind.class);
        for (Refusal.Kind kind : Refusal.Kind.values()) {
            contents.writing = new Writing.Refused(new Refusal(kind, "because of the weather"));
            contents.reading = new Reading.Refused(new Refusal(kind, "because of the weather"));
            HttpResponse read = as(OPERATOR, HttpRequest.GET(PATH));
            HttpResponse written =
                    as(
                            OPERATOR,
                            HttpRequest.PUT(PATH)
                                    .withEntity("{}")
                                    .addHeader(RawHeader.create("If-Match", "*")));
            assertEquals(read.status(), written.status());
            assertTrue(body(read).contains("weather"));
            assertEquals(
                    read.status().intValue() == 503, read.getHeader("Retry-After").isPresent());
            statuses.put(kind, read.status().intValue());
        }
        assertEquals(
                Map.ofEntries(
                        Map.entry(Refusal.Kind.ABSENT, 404),
                        Map.entry(Refusal.Kind.DELETED, 410),
                        Map.entry(Refusal.Kind.FORBIDDEN, 403),
                        Map.entry(Refusal.Kind.SEALED, 409),
                        Map.entry(Refusal.Kind.TOO_LARGE, 413),
                        Map.entry(Refusal.Kind.MALFORMED, 400),
                        Map.entry(Refusal.Kind.CHANGED, 412),
                        Map.entry(Refusal.Kind.NOT_TAKEN, 422),
                        Map.entry(Refusal.Kind.BUSY, 503),
                        Map.entry(Refusal.Kind.NOT_WRITTEN, 503),
                        Map.entry(Refusal.Kind.UNREADABLE, 500),
                        Map.entry(Refusal.Kind.UNFIT, 501)),
                statuses);
    }

    @Test
    void whereNoEditsAreTakenNothingIsWritten() throws Exception {
        intake.close("the node leaves");
        HttpResponse refused =
                as(
                        OPERATOR,
                        HttpRequest.PUT(PATH)
                                .withEntity("{}")
                                .addHeader(RawHeader.create("If-Match", "*")));
        assertEquals(503, refused.status().intValue());
        assertEquals(304, as(OPERATOR, HttpRequest.GET(PATH)).status().intValue());
        assertEquals(List.of(), contents.expected);
    }

    @Test
    void whoHasNoTokenSeesNothing() throws Exception {
        assertEquals(401, as("guess", HttpRequest.GET(PATH)).status().intValue());
        assertEquals(400, as(OPERATOR, HttpRequest.GET("/documents/x")).status().intValue());
        HttpResponse wrong = as(OPERATOR, HttpRequest.POST(PATH));
        assertEquals(405, wrong.status().intValue());
        assertTrue(body(wrong).contains("PUT"), body(wrong));
    }
}
