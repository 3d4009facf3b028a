package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;

/// An IPv4 or IPv6 address. Reading one never asks a name server, unlike `InetAddress`.
///
/// Invariants: 4 or 16 bytes; `toString` is the one canonical text (RFC 5952 for IPv6).
public record IpAddress(Bytes bytes) {
    public static final int V4_BYTES = 4;
    public static final int V6_BYTES = 16;
    // Six groups of four digits and a dotted IPv4 tail.
    private static final int TEXT_CHARS_MAX = 45;
    private static final int V6_GROUPS = 8;
    private static final Bytes V4_MAPPED_PREFIX = Bytes.parseHex("00000000000000000000ffff");

    public IpAddress {
        if (bytes.size() != V4_BYTES && bytes.size() != V6_BYTES) {
            throw new IllegalArgumentException("address bytes=" + bytes.size());
        }
    }

    /// Reads the text form of either family.
    ///
    /// @throws IllegalArgumentException where the text is no address literal
    public static IpAddress parse(String text) {
        if (text.length() > TEXT_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "not an IP address: " + text.length() + " characters");
        }
        return new IpAddress(text.indexOf(':') < 0 ? parseV4(text, text) : parseV6(text));
    }

    public boolean isV4() {
        return bytes.size() == V4_BYTES;
    }

    private static Bytes parseV4(String part, String whole) {
        String[] octets = part.split("\\.", -1);
        if (octets.length != V4_BYTES) {
            throw notAnAddress(whole);
        }
        byte[] address = new byte[V4_BYTES];
        for (int i = 0; i < V4_BYTES; i++) {
            // A leading zero means octal to some readers, so it is refused rather than guessed.
            if (!octets[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(octets[i]) > 255) {
                throw notAnAddress(whole);
            }
            address[i] = (byte) Integer.parseInt(octets[i]);
        }
        return Bytes.copyOf(address);
    }

    private static Bytes parseV6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return exactly(V6_BYTES, groups(text, true, text), text);
        }
        if (text.indexOf("::", gap + 1) >= 0) {
            throw notAnAddress(text);
        }
        Bytes head = groups(text.substring(0, gap), false, text);
        Bytes tail = groups(text.substring(gap + 2), true, text);
        int zeros = V6_BYTES - head.size() - tail.size();
        // The gap stands for at least one group.
        if (zeros < 2) {
            throw notAnAddress(text);
        }
        return head.concat(Bytes.copyOf(new byte[zeros])).concat(tail);
    }

    private static Bytes groups(String part, boolean v4TailAllowed, String whole) {
        Bytes groups = Bytes.EMPTY;
        if (part.isEmpty()) {
            return groups;
        }
        String[] texts = part.split(":", -1);
        for (int i = 0; i < texts.length; i++) {
            if (v4TailAllowed && i == texts.length - 1 && texts[i].indexOf('.') >= 0) {
                groups = groups.concat(parseV4(texts[i], whole));
            } else if (texts[i].matches("[0-9a-fA-F]{1,4}")) {
                int group = Integer.parseInt(texts[i], 16);
                groups =
                        groups.concat(Bytes.copyOf(new byte[] {(byte) (group >> 8), (byte) group}));
            } else {
                throw notAnAddress(whole);
            }
        }
        return groups.size() <= V6_BYTES ? groups : exactly(V6_BYTES, groups, whole);
    }

    private static Bytes exactly(int size, Bytes address, String whole) {
        if (address.size() != size) {
            throw notAnAddress(whole);
        }
        return address;
    }

    private static IllegalArgumentException notAnAddress(String text) {
        return new IllegalArgumentException("not an IP address: " + text);
    }

    @Override
    public String toString() {
        if (isV4()) {
            return v4Text(0);
        }
        if (bytes.startsWith(V4_MAPPED_PREFIX)) {
            return "::ffff:" + v4Text(V4_MAPPED_PREFIX.size());
        }
        int gapStart = -1;
        int gapLength = 1;
        for (int i = 0; i < V6_GROUPS; i++) {
            int end = i;
            while (end < V6_GROUPS && group(end) == 0) {
                end++;
            }
            if (end - i > gapLength) {
                gapStart = i;
                gapLength = end - i;
            }
        }
        return gapStart < 0
                ? v6Text(0, V6_GROUPS)
                : v6Text(0, gapStart) + "::" + v6Text(gapStart + gapLength, V6_GROUPS);
    }

    private int group(int index) {
        return ((bytes.at(2 * index) & 0xff) << 8) | (bytes.at(2 * index + 1) & 0xff);
    }

    private String v6Text(int from, int to) {
        var text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    private String v4Text(int from) {
        var text = new StringBuilder();
        for (int i = from; i < from + V4_BYTES; i++) {
            text.append(i == from ? "" : ".").append(bytes.at(i) & 0xff);
        }
        return text.toString();
    }
}
