package org.elohim.client;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// Where a node's devices connect, and the token they bring.
///
/// @param url `ws://HOST:PORT/device` or the same with `wss`, without the token
record NodeUrl(String url, String token) {
    private static final String EXAMPLE = "ws://HOST:PORT/device?token=TOKEN";
    private static final String PATH = "/device";
    private static final String TOKEN = "token=";

    /// @throws IllegalArgumentException saying what is wrong with it
    static NodeUrl parse(String text) {
        URI uri;
        try {
            uri = URI.create(text.strip());
        } catch (IllegalArgumentException notAUri) {
            throw new IllegalArgumentException(
                    "'%s' is no address of a node; it looks like %s".formatted(text, EXAMPLE));
        }
        String scheme =
                switch (String.valueOf(uri.getScheme())) {
                    case "ws", "http" -> "ws";
                    case "wss", "https" -> "wss";
                    default ->
                            throw new IllegalArgumentException(
                                    "'%s' is no address of a node; it looks like %s"
                                            .formatted(text, EXAMPLE));
                };
        String path = uri.getPath() == null ? "" : uri.getPath();
        if (uri.getHost() == null || !(path.isEmpty() || path.equals("/") || path.equals(PATH))) {
            throw new IllegalArgumentException(
                    "'%s' is no address of a node; it looks like %s".formatted(text, EXAMPLE));
        }
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return new NodeUrl(scheme + "://" + uri.getHost() + port + PATH, token(uri));
    }

    private static String token(URI uri) {
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        for (String part : query.split("&", -1)) {
            if (part.startsWith(TOKEN) && part.length() > TOKEN.length()) {
                return URLDecoder.decode(part.substring(TOKEN.length()), StandardCharsets.UTF_8);
            }
        }
        throw new IllegalArgumentException(
                "the address names no token; make one with ./elohim token new, and append"
                        + " ?token=TOKEN");
    }
}
