package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;

import org.elohim.node.replication.FamilyBlobs;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// Who may put, read and delete which blob, by its reach and the scopes of his token.
class BlobReachRoutesTest extends ServedRoutes {
    private static final byte[] SMALL = random(5_000);
    private static final byte[] LARGE = random(3_000_000);

    @SuppressWarnings("NullAway.Init") // set before each test
    private ToldReaches told;

    private static byte[] random(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private static String path(byte[] content) {
        return "/blobs/" + hash(content);
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private static HttpRequest put(String path, byte[] content) {
        return HttpRequest.PUT(path).withEntity(content);
    }

    private static HttpRequest part(String query, byte[] content, int from, int to) {
        return put(path(content) + query, Arrays.copyOfRange(content, from, to))
                .addHeader(
                        RawHeader.create(
                                "Content-Range",
                                "bytes %d-%d/%d".formatted(from, to - 1, content.length)));
    }

    @BeforeEach
    void remember() {
        told = new ToldReaches(blobs().store());
        blobs().keeper().tell(told);
    }

    private static void assertStatus(int status, HttpResponse response) throws Exception {
        if (response.status().intValue() != status) {
            assertEquals(status, response.status().intValue(), body(response));
        }
    }

    private void assertKept(Reach reach, HttpResponse put) throws Exception {
        String json = body(put);
        assertEquals(201, put.status().intValue(), json);
        assertEquals(reach.toString(), JSON.readTree(json).path("reach").asText());
    }

    private Reach reach(byte[] content) {
        return told.reach(hash(content)).toCompletableFuture().join().orElseThrow();
    }

    @Test
    void aBlobHasTheReachThatWasToldHoweverItIsPut() throws Exception {
        assertKept(Reach.COMMONS, as(OPERATOR, put("/blobs?reach=commons", SMALL)));
        assertEquals(Reach.COMMONS, reach(SMALL));
        assertKept(Reach.LOCAL, as(OPERATOR, put(path(LARGE) + "?reach=local", LARGE)));
        assertEquals(Reach.LOCAL, reach(LARGE));

        byte[] other = random(2_500_000);
        assertStatus(202, as(OPERATOR, part("?reach=invited", other, 0, 1_000_000)));
        assertKept(
                Reach.INVITED,
                as(OPERATOR, part("?reach=invited", other, 1_000_000, other.length)));
        assertEquals(Reach.INVITED, reach(other));

        byte[] awaited = random(300);
        assertKept(
                Reach.COMMONS,
                as(OPERATOR, put("/blobs?reach=commons&await=durable&timeout=1", awaited)));
    }

    @Test
    void whereNoneIsToldItIsTheNarrowestThatTheTokenMayWrite() throws Exception {
        assertKept(Reach.PRIVATE, as(OPERATOR, put("/blobs", SMALL)));
        assertKept(Reach.INVITED, as(issued("write:reach:invited"), put("/blobs", random(6_000))));
    }

    @Test
    void whatTheTokenMayNotWriteIsRefusedInWordsAndGarbageIsGarbage() throws Exception {
        String local = issued("write:reach:local");
        for (HttpRequest request :
                List.of(
                        put("/blobs?reach=invited", SMALL),
                        put(path(LARGE) + "?reach=private", LARGE),
                        part("?reach=invited", LARGE, 0, 1_000_000),
                        HttpRequest.GET(path(LARGE) + "/upload?reach=invited"))) {
            HttpResponse refused = as(local, request);
            assertStatus(403, refused);
            String words = body(refused);
            assertTrue(words.contains("the narrowest that it may write is local"), words);
        }
        for (String garbage : List.of("", "Commons", "everybody")) {
            HttpResponse refused = as(OPERATOR, put("/blobs?reach=" + garbage, SMALL));
            assertStatus(400, refused);
            assertTrue(body(refused).contains("neighborhood"));
        }
        assertStatus(403, as(issued("read:reach:private"), put("/blobs?reach=commons", SMALL)));
        assertStatus(
                403, as(issued("write:document:" + DOCUMENT), put("/blobs?reach=commons", SMALL)));
        assertEquals(0, blobs().store().stats().blobs());
    }

    @Test
    void itIsReadByTokensWhoseScopesCoverIt() throws Exception {
        assertStatus(201, as(OPERATOR, put("/blobs?reach=commons", SMALL)));
        assertStatus(201, as(OPERATOR, put("/blobs?reach=invited", LARGE)));
        String commons = issued("read:reach:commons");
        String invited = issued("read:reach:invited");

        assertStatus(200, as(commons, HttpRequest.GET(path(SMALL))));
        assertStatus(200, as(invited, HttpRequest.GET(path(SMALL))));
        assertStatus(200, as(invited, HttpRequest.GET(path(LARGE))));
        assertStatus(404, as(commons, HttpRequest.GET(path(LARGE))));
        assertStatus(
                404,
                as(
                        commons,
                        HttpRequest.GET(path(LARGE))
                                .addHeader(RawHeader.create("If-None-Match", "*"))));
        assertStatus(403, as(issued("read:document:" + DOCUMENT), HttpRequest.GET(path(SMALL))));
    }

    /// As with documents: nobody finds out what he may not read.
    @Test
    void whatMayNotBeReadIsAsWhatIsNotThere() throws Exception {
        String commons = issued("write:reach:commons");
        HttpResponse absent = as(commons, HttpRequest.GET(path(LARGE)));
        String words = body(absent);
        assertStatus(404, absent);

        assertStatus(201, as(OPERATOR, put("/blobs", LARGE)));
        for (HttpRequest request :
                List.of(HttpRequest.GET(path(LARGE)), HttpRequest.DELETE(path(LARGE)))) {
            HttpResponse hidden = as(commons, request);
            assertStatus(404, hidden);
            assertEquals(words, body(hidden));
        }
        HttpResponse standing = as(commons, HttpRequest.GET(path(LARGE) + "/upload"));
        assertEquals("{\"offset\":0,\"complete\":false}", body(standing));
    }

    @Test
    void whoMayReadAllIsNotHeldUpByALook() throws Exception {
        assertStatus(201, as(OPERATOR, put("/blobs?reach=commons", SMALL)));
        assertStatus(200, as(OPERATOR, HttpRequest.GET(path(SMALL))));
        assertStatus(200, as(issued("read:reach:private"), HttpRequest.GET(path(SMALL))));
        assertStatus(204, as(OPERATOR, HttpRequest.DELETE(path(SMALL))));

        assertEquals(0, told.asked());
    }

    @Test
    void itIsDeletedByTokensThatMayWriteItsReach() throws Exception {
        assertStatus(201, as(OPERATOR, put("/blobs?reach=local", SMALL)));
        String readsAll =
                JSON.readTree(
                                body(
                                        as(
                                                OPERATOR,
                                                issue(
                                                        "{\"label\":\"x\",\"scopes\":[\"read:reach:private\",\"write:reach:commons\"]}"))))
                        .path("token")
                        .asText();
        assertStatus(403, as(readsAll, HttpRequest.DELETE(path(SMALL))));
        assertStatus(200, as(OPERATOR, HttpRequest.GET(path(SMALL))));

        assertStatus(204, as(issued("write:reach:local"), HttpRequest.DELETE(path(SMALL))));
        assertStatus(404, as(OPERATOR, HttpRequest.GET(path(SMALL))));
    }

    @Test
    void whatIsHereWithANarrowerReachThanIsWantedIsToCome() throws Exception {
        assertStatus(201, as(OPERATOR, put("/blobs", LARGE)));
        String upload = path(LARGE) + "/upload";

        String complete = body(as(OPERATOR, HttpRequest.GET(upload)));
        assertTrue(complete.contains("\"complete\":true,\"reach\":\"private\""), complete);
        String wider = body(as(OPERATOR, HttpRequest.GET(upload + "?reach=commons")));
        assertTrue(wider.contains("\"complete\":false"), wider);
        assertStatus(201, as(OPERATOR, put(path(LARGE) + "?reach=commons", LARGE)));
        wider = body(as(OPERATOR, HttpRequest.GET(upload + "?reach=local")));
        assertTrue(wider.contains("\"complete\":true,\"reach\":\"commons\""), wider);
    }

    @Test
    void whereItLiesIsToldToWhoMayReadIt() throws Exception {
        where.set(
                Optional.of(
                        new FamilyBlobs.Where(5_000, Reach.LOCAL, 1, new TreeMap<>(), Set.of())));
        HttpResponse shown =
                as(issued("read:reach:local"), HttpRequest.GET(path(SMALL) + "/where"));
        assertEquals("local", JSON.readTree(body(shown)).path("reach").asText());

        String commons = issued("read:reach:commons");
        HttpResponse hidden = as(commons, HttpRequest.GET(path(SMALL) + "/where"));
        assertStatus(404, hidden);
        where.set(Optional.empty());
        assertEquals(body(as(commons, HttpRequest.GET(path(SMALL) + "/where"))), body(hidden));
    }

    @Test
    void howMuchThereIsOfAReachIsTold() throws Exception {
        reaches.put(Reach.LOCAL, new ReachTotals.Total(3, 700));
        assertEquals(
                "{\"reach\":\"local\",\"blobs\":3,\"content_bytes\":700}",
                body(as(OPERATOR, HttpRequest.GET("/storage/reach/local"))));
        assertEquals(
                "{\"reach\":\"commons\",\"blobs\":0,\"content_bytes\":0}",
                body(as(OPERATOR, HttpRequest.GET("/storage/reach/commons"))));
        assertStatus(400, as(OPERATOR, HttpRequest.GET("/storage/reach/everybody")));
    }
}
