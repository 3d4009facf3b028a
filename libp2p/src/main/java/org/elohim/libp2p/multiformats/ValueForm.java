package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// How the value behind a protocol name is written: as text between slashes and as bytes.
///
/// Invariants: a value without a `problem` comes back from its text unchanged.
enum ValueForm {
    NONE,
    IP4,
    IP6,
    PORT,
    NAME,
    PEER,
    HASH,
    PATH;

    static final int LENGTH_IS_WRITTEN = -1;
    // The longest DNS name is 253 characters.
    private static final int NAME_BYTES_MAX = 255;
    // The longest socket path of the systems we know is 108 bytes.
    private static final int PATH_BYTES_MAX = 255;
    private static final int PORT_BYTES = 2;
    private static final int PORT_MAX = 0xffff;
    private static final String PLAIN_IN_PATHS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    /// How many bytes the value has, or `LENGTH_IS_WRITTEN` where its length stands before it.
    int sizeBytes() {
        return switch (this) {
            case NONE -> 0;
            case IP4 -> IpAddress.V4_BYTES;
            case IP6 -> IpAddress.V6_BYTES;
            case PORT -> PORT_BYTES;
            case NAME, PEER, HASH, PATH -> LENGTH_IS_WRITTEN;
        };
    }

    /// Why these bytes are no such value; empty where they are one.
    Optional<String> problem(Bytes value) {
        if (sizeBytes() != LENGTH_IS_WRITTEN && value.size() != sizeBytes()) {
            return Optional.of("value bytes=" + value.size() + ", not " + sizeBytes());
        }
        return switch (this) {
            case NONE, IP4, IP6, PORT -> Optional.empty();
            case NAME -> nameProblem(value);
            case PEER -> PeerId.problem(value);
            case HASH ->
                    switch (Multihash.decode(value)) {
                        case Multihash.Decoded.Hash _ -> Optional.empty();
                        case Multihash.Decoded.Malformed(var reason) -> Optional.of(reason);
                    };
            case PATH -> pathProblem(value);
        };
    }

    /// @throws IllegalArgumentException where the text is no such value
    Bytes parse(String text) {
        Bytes value =
                switch (this) {
                    case NONE -> Bytes.EMPTY;
                    case IP4, IP6 -> IpAddress.parse(text).bytes();
                    case PORT -> parsePort(text);
                    case NAME -> parseName(text);
                    case PEER -> PeerId.parse(text).multihash();
                    case HASH -> Multibase.decode(text);
                    case PATH -> parsePath(text);
                };
        Optional<String> problem = problem(value);
        if (problem.isPresent()) {
            throw new IllegalArgumentException(problem.get());
        }
        return value;
    }

    String text(Bytes value) {
        return switch (this) {
            case NONE -> "";
            case IP4, IP6 -> new IpAddress(value).toString();
            case PORT -> Integer.toString(port(value));
            case NAME -> new String(value.toArray(), StandardCharsets.UTF_8);
            case PEER -> new PeerId(value).toString();
            case HASH -> Multibase.encodeBase64Url(value);
            case PATH -> pathText(value);
        };
    }

    static Bytes port(int port) {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port=" + port);
        }
        return Bytes.copyOf(new byte[] {(byte) (port >> 8), (byte) port});
    }

    static int port(Bytes value) {
        return ((value.at(0) & 0xff) << 8) | (value.at(1) & 0xff);
    }

    private static Bytes parsePort(String text) {
        if (!text.matches("0|[1-9][0-9]{0,4}") || Integer.parseInt(text) > PORT_MAX) {
            throw new IllegalArgumentException("not a port from 0 to " + PORT_MAX + ": " + text);
        }
        return port(Integer.parseInt(text));
    }

    private static Bytes parseName(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        // Half a surrogate pair would silently become a question mark.
        if (!new String(encoded, StandardCharsets.UTF_8).equals(text)) {
            throw new IllegalArgumentException("name is not Unicode");
        }
        return Bytes.copyOf(encoded);
    }

    private static Optional<String> nameProblem(Bytes value) {
        if (value.size() == 0 || value.size() > NAME_BYTES_MAX) {
            return Optional.of("name bytes=" + value.size() + ", not 1 to " + NAME_BYTES_MAX);
        }
        String name;
        try {
            name =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(value.toArray()))
                            .toString();
        } catch (CharacterCodingException notUtf8) {
            return Optional.of("name is not UTF-8");
        }
        // A slash would read as the start of the next part.
        boolean clean =
                name.codePoints()
                        .noneMatch(
                                c ->
                                        c == '/'
                                                || Character.isISOControl(c)
                                                || Character.isWhitespace(c));
        return clean
                ? Optional.empty()
                : Optional.of("name with a slash, blank or control character");
    }

    private static Optional<String> pathProblem(Bytes value) {
        if (value.size() == 0 || value.size() > PATH_BYTES_MAX) {
            return Optional.of("path bytes=" + value.size() + ", not 1 to " + PATH_BYTES_MAX);
        }
        for (int i = 0; i < value.size(); i++) {
            if (value.at(i) == 0) {
                return Optional.of("path with a zero byte");
            }
        }
        return Optional.empty();
    }

    private static Bytes parsePath(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        var path = new ByteArrayOutputStream();
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                path.write(in[i]);
                continue;
            }
            int high = i + 2 <= in.length - 1 ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 <= in.length - 1 ? Character.digit(in[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw new IllegalArgumentException("path with a stray %: " + text);
            }
            path.write((high << 4) | low);
            i += 2;
        }
        return Bytes.copyOf(path.toByteArray());
    }

    private static String pathText(Bytes value) {
        var text = new StringBuilder();
        for (int i = 0; i < value.size(); i++) {
            int octet = value.at(i) & 0xff;
            if (PLAIN_IN_PATHS.indexOf(octet) >= 0) {
                text.append((char) octet);
            } else {
                text.append('%').append("%02X".formatted(octet));
            }
        }
        return text.toString();
    }
}
