package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A real node, its tokens, and devices that keep what they have in memory.
abstract class NodeAndDevices {
    static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");
    static final Pattern TOKEN_ID = Pattern.compile("\"id\":\"([^\"]+)\"");

    @TempDir Path scratch;

    Path data() {
        return scratch.resolve("data");
    }

    String operator() throws IOException {
        return Files.readString(data().resolve("admin.token")).strip();
    }

    String token(NodeProcess node, String scope) throws IOException {
        return first(TOKEN, issue(node, scope));
    }

    String issue(NodeProcess node, String scope) throws IOException {
        return node.send(
                        HttpRequest.newBuilder(URI.create(node.url() + "/tokens"))
                                .header("Authorization", "Bearer " + operator())
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"label\":\"test\",\"scopes\":[\""
                                                        + scope
                                                        + "\"]}"))
                                .build())
                .body();
    }

    /// The token is worth nothing any more.
    ///
    /// @param issued the answer to its issue
    void revoke(NodeProcess node, String issued) throws IOException {
        node.send(
                HttpRequest.newBuilder(
                                URI.create(node.url() + "/tokens/" + first(TOKEN_ID, issued)))
                        .header("Authorization", "Bearer " + operator())
                        .DELETE()
                        .build());
    }

    static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find(), text);
        return matcher.group(1);
    }

    static boolean same(MemoryDevice one, MemoryDevice other, DocumentId document) {
        List<ContentHash> heads = one.heads(document);
        return !heads.isEmpty() && heads.equals(other.heads(document));
    }

    static DocumentId document() {
        byte[] random = new byte[DocumentId.SIZE_BYTES];
        new SecureRandom().nextBytes(random);
        return DocumentId.ofRandom(random);
    }
}
