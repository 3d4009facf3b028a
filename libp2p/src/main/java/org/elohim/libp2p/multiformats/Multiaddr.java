package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where and how a peer is reached: `/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…`.
///
/// Invariants: never empty and within the bounds below; text and bytes determine each other. The
/// order of the parts is not judged here: each transport knows what it can dial.
public record Multiaddr(List<Component> components) {
    // A relayed WebTransport address with two certificates has about half as many.
    public static final int COMPONENTS_MAX = 24;
    // Peers hand us lists of addresses; the longest sensible one is about 300 bytes.
    public static final int BYTES_MAX = 1024;
    // No address within the bounds above has a longer text: path bytes take three characters.
    private static final int TEXT_CHARS_MAX = 4096;

    /// One part, its value as bytes.
    public record Component(Protocol protocol, Bytes value) {
        public Component {
            Optional<String> problem = protocol.form().problem(value);
            if (problem.isPresent()) {
                throw new IllegalArgumentException(protocol.label() + ": " + problem.get());
            }
        }

        /// The value as it stands in the text; empty where the protocol has none.
        public String text() {
            return protocol.form().text(value);
        }

        private Bytes encode() {
            Bytes code = Uvarint.encode(protocol.code());
            return protocol.form().sizeBytes() == ValueForm.LENGTH_IS_WRITTEN
                    ? code.concat(Uvarint.encode(value.size())).concat(value)
                    : code.concat(value);
        }

        @Override
        public String toString() {
            return "/" + protocol.label() + (value.size() == 0 ? "" : "/" + text());
        }
    }

    /// What came of foreign bytes.
    public sealed interface Decoded {
        record Address(Multiaddr address) implements Decoded {}

        record Malformed(String reason) implements Decoded {}
    }

    public Multiaddr {
        components = List.copyOf(components);
        if (components.isEmpty() || components.size() > COMPONENTS_MAX) {
            throw new IllegalArgumentException("address parts=" + components.size());
        }
        int size = encode(components).size();
        if (size > BYTES_MAX) {
            throw new IllegalArgumentException("address bytes=" + size);
        }
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no address, saying why
    public static Multiaddr parse(String text) {
        if (text.length() > TEXT_CHARS_MAX) {
            throw new IllegalArgumentException("address characters=" + text.length());
        }
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("an address starts with /");
        }
        String[] words = text.substring(1).split("/", -1);
        var components = new ArrayList<Component>();
        int next = 0;
        while (next < words.length) {
            String label = words[next++];
            Protocol protocol =
                    Protocol.ofLabel(label)
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "unknown protocol '" + label + "'"));
            String value = "";
            if (protocol.form() != ValueForm.NONE) {
                if (next == words.length) {
                    throw new IllegalArgumentException(label + " lacks its value");
                }
                value = words[next++];
            }
            components.add(parse(protocol, value));
        }
        return new Multiaddr(components);
    }

    private static Component parse(Protocol protocol, String value) {
        Bytes parsed;
        try {
            parsed = protocol.form().parse(value);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(protocol.label() + ": " + wrong.getMessage(), wrong);
        }
        return new Component(protocol, parsed);
    }

    /// Reads the binary form, which comes from other peers.
    public static Decoded decode(Bytes in) {
        if (in.size() == 0 || in.size() > BYTES_MAX) {
            return new Decoded.Malformed("address bytes=" + in.size());
        }
        var components = new ArrayList<Component>();
        int next = 0;
        while (next < in.size()) {
            if (components.size() == COMPONENTS_MAX) {
                return new Decoded.Malformed("more than " + COMPONENTS_MAX + " parts");
            }
            if (!(Uvarint.decode(in, next) instanceof Uvarint.Decoded.Value code)) {
                return new Decoded.Malformed("no protocol code at byte " + next);
            }
            Optional<Protocol> known = Protocol.ofCode(code.value());
            if (known.isEmpty()) {
                return new Decoded.Malformed("unknown protocol code=" + code.value());
            }
            Protocol protocol = known.get();
            int start = code.next();
            long size = protocol.form().sizeBytes();
            if (size == ValueForm.LENGTH_IS_WRITTEN) {
                if (!(Uvarint.decode(in, start) instanceof Uvarint.Decoded.Value length)) {
                    return new Decoded.Malformed(protocol.label() + ": no length");
                }
                start = length.next();
                size = length.value();
            }
            if (size > in.size() - start) {
                return new Decoded.Malformed(protocol.label() + ": value is cut off");
            }
            next = start + (int) size;
            Bytes value = in.slice(start, next);
            Optional<String> problem = protocol.form().problem(value);
            if (problem.isPresent()) {
                return new Decoded.Malformed(protocol.label() + ": " + problem.get());
            }
            components.add(new Component(protocol, value));
        }
        return new Decoded.Address(new Multiaddr(components));
    }

    public Bytes encode() {
        return encode(components);
    }

    private static Bytes encode(List<Component> components) {
        Bytes encoded = Bytes.EMPTY;
        for (Component component : components) {
            encoded = encoded.concat(component.encode());
        }
        return encoded;
    }

    public boolean has(Protocol protocol) {
        return components.stream().anyMatch(component -> component.protocol() == protocol);
    }

    /// The peer at the far end: behind a relay, the last of two.
    public Optional<PeerId> peer() {
        Component last = components.getLast();
        return last.protocol() == Protocol.P2P
                ? Optional.of(new PeerId(last.value()))
                : Optional.empty();
    }

    /// The first TCP or UDP port.
    public Optional<Integer> port() {
        return components.stream()
                .filter(component -> component.protocol().form() == ValueForm.PORT)
                .map(component -> ValueForm.port(component.value()))
                .findFirst();
    }

    /// This address with another TCP or UDP port.
    public Multiaddr withPort(int port) {
        Bytes value = ValueForm.port(port);
        return new Multiaddr(
                components.stream()
                        .map(
                                component ->
                                        component.protocol().form() == ValueForm.PORT
                                                ? new Component(component.protocol(), value)
                                                : component)
                        .toList());
    }

    @Override
    public String toString() {
        return components.stream().map(Component::toString).collect(Collectors.joining());
    }
}
