package org.elohim.protocol.family;

import java.util.regex.Pattern;

/// Where a node of the family can be reached by others.
public record Address(String host, int port) {
    private static final int HOST_CHARACTERS_MAX = 253;
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]+");

    public Address {
        if (host.length() > HOST_CHARACTERS_MAX || !HOST.matcher(host).matches()) {
            throw new IllegalArgumentException("no host: " + host);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port=" + port);
        }
    }

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    ///
    /// @throws IllegalArgumentException where the text is none, saying why
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("no HOST:PORT");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw new IllegalArgumentException("an IPv6 address stands in brackets");
        }
        return new Address(host, Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
