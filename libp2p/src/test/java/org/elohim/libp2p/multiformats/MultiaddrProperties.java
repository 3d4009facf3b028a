package org.elohim.libp2p.multiformats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;

import java.nio.charset.StandardCharsets;

class MultiaddrProperties {
    @Property
    void textAndBytesComeBack(@ForAll("addresses") Multiaddr address) {
        assertEquals(address, Multiaddr.parse(address.toString()));
        assertEquals(new Multiaddr.Decoded.Address(address), Multiaddr.decode(address.encode()));
    }

    @Property
    void aTruncatedAddressIsMalformedOrAShorterAddress(
            @ForAll("addresses") Multiaddr address, @ForAll @IntRange(max = 1000) int cut) {
        Bytes whole = address.encode();
        Bytes part = whole.slice(0, cut % whole.size());

        switch (Multiaddr.decode(part)) {
            case Multiaddr.Decoded.Malformed _ -> {}
            case Multiaddr.Decoded.Address(var shorter) -> assertEquals(part, shorter.encode());
        }
    }

    @Property
    void randomBytesNeverThrowAndNeverChange(@ForAll @Size(max = 300) byte[] bytes) {
        Bytes in = Bytes.copyOf(bytes);

        switch (Multiaddr.decode(in)) {
            case Multiaddr.Decoded.Malformed _ -> {}
            case Multiaddr.Decoded.Address(var address) -> assertEquals(in, address.encode());
        }
    }

    // Random bytes hardly ever get past the first code, so this starts from something valid.
    @Property
    void damagedBytesNeverThrowAndNeverChange(
            @ForAll("addresses") Multiaddr address,
            @ForAll @IntRange(max = 1000) int at,
            @ForAll byte damage) {
        byte[] bytes = address.encode().toArray();
        bytes[at % bytes.length] = damage;
        Bytes in = Bytes.copyOf(bytes);

        switch (Multiaddr.decode(in)) {
            case Multiaddr.Decoded.Malformed _ -> {}
            case Multiaddr.Decoded.Address(var read) -> {
                assertEquals(in, read.encode());
                assertEquals(read, Multiaddr.parse(read.toString()));
            }
        }
    }

    @Property
    void anyTextIsAnAddressOrRefused(@ForAll("texts") String text) {
        Multiaddr address;
        try {
            address = Multiaddr.parse(text);
        } catch (IllegalArgumentException refused) {
            return;
        }
        assertEquals(address, Multiaddr.parse(address.toString()));
    }

    @Property
    void everyNumberComesBackAndEveryPrefixOfItAsksForMore(@ForAll long number) {
        long value = number & Long.MAX_VALUE;
        Bytes encoded = Uvarint.encode(value);

        assertEquals(new Uvarint.Decoded.Value(value, encoded.size()), Uvarint.decode(encoded, 0));
        for (int size = 0; size < encoded.size(); size++) {
            assertEquals(new Uvarint.Decoded.NeedMore(), Uvarint.decode(encoded.slice(0, size), 0));
        }
    }

    @Property
    void aNumberHasOneForm(@ForAll @Size(max = 12) byte[] bytes) {
        Bytes in = Bytes.copyOf(bytes);

        if (Uvarint.decode(in, 0) instanceof Uvarint.Decoded.Value(long value, int next)) {
            assertEquals(in.slice(0, next), Uvarint.encode(value));
        }
    }

    @Property
    void everyIpAddressComesBack(
            @ForAll @Size(16) byte[] v6,
            @ForAll @IntRange(max = 8) int zerosFrom,
            @ForAll @IntRange(max = 8) int zeros) {
        byte[] bytes = v6.clone();
        for (int i = 2 * zerosFrom; i < Math.min(16, 2 * (zerosFrom + zeros)); i++) {
            bytes[i] = 0;
        }
        var address = new IpAddress(Bytes.copyOf(bytes));
        var v4 = new IpAddress(Bytes.copyOf(bytes, 0, 4));

        assertEquals(address, IpAddress.parse(address.toString()));
        assertEquals(v4, IpAddress.parse(v4.toString()));
    }

    @Provide
    Arbitrary<Multiaddr> addresses() {
        Arbitrary<Multiaddr.Component> component =
                Arbitraries.of(Protocol.class)
                        .flatMap(
                                protocol ->
                                        values(protocol.form())
                                                .map(
                                                        value ->
                                                                new Multiaddr.Component(
                                                                        protocol, value)));
        return component.list().ofMinSize(1).ofMaxSize(8).map(Multiaddr::new);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> word =
                Arbitraries.oneOf(
                        Arbitraries.of(
                                "",
                                "ip4",
                                "ip6",
                                "tcp",
                                "udp",
                                "p2p",
                                "unix",
                                "certhash",
                                "dns",
                                "1.2.3.4",
                                "::1",
                                "::",
                                "80",
                                "%2f",
                                "%",
                                "uEiA",
                                "bafz",
                                "Qm"),
                        Arbitraries.strings().ofMaxLength(12));
        return word.list().ofMaxSize(8).map(words -> "/" + String.join("/", words));
    }

    private static Arbitrary<Bytes> values(ValueForm form) {
        return switch (form) {
            case NONE -> Arbitraries.just(Bytes.EMPTY);
            case IP4, IP6, PORT -> bytes(form.sizeBytes(), form.sizeBytes());
            case NAME ->
                    Arbitraries.strings()
                            .withChars("abcz019.-_é漢")
                            .ofMinLength(1)
                            .ofMaxLength(30)
                            .map(name -> Bytes.copyOf(name.getBytes(StandardCharsets.UTF_8)));
            case PEER ->
                    Arbitraries.oneOf(
                            bytes(32, 32).map(Bytes.parseHex("1220")::concat),
                            bytes(36, 36).map(Bytes.parseHex("0024")::concat));
            case HASH -> bytes(32, 32).map(Bytes.parseHex("1220")::concat);
            case PATH -> bytes(1, 60).filter(path -> ValueForm.PATH.problem(path).isEmpty());
        };
    }

    private static Arbitrary<Bytes> bytes(int min, int max) {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(min)
                .ofMaxSize(max)
                .map(Bytes::copyOf);
    }
}
