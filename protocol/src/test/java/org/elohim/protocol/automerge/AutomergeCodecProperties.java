package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.fuzz.Cost;

class AutomergeCodecProperties {
    // Objects of the shortest changes, and of hashes.
    private static final Cost COST = new Cost(64, 1 << 14);

    @Provide
    Arbitrary<AutomergeMessage> messages() {
        return Messages.any();
    }

    @Property
    void aMessageIsReadAsItWasWritten(@ForAll("messages") AutomergeMessage message) {
        assertEquals(
                new Decoded.Parsed<>(message),
                AutomergeCodec.decode(AutomergeCodec.encode(message)));
    }

    @Property
    void flagsAreReadPast(
            @ForAll("messages") AutomergeMessage message, @ForAll @IntRange(max = 127) int size) {
        Bytes flags = Bytes.copyOf(new byte[] {(byte) size}).concat(Bytes.copyOf(new byte[size]));

        assertEquals(
                new Decoded.Parsed<>(message),
                AutomergeCodec.decode(AutomergeCodec.encode(message).concat(flags)));
    }

    @Property
    void aTruncatedMessageIsRefused(
            @ForAll("messages") AutomergeMessage message, @ForAll @IntRange(max = 2000) int cut) {
        Bytes whole = AutomergeCodec.encode(message);
        Bytes part = whole.slice(0, Math.min(cut, whole.size() - 1));

        assertInstanceOf(Decoded.Malformed.class, AutomergeCodec.decode(part));
    }

    @Property
    void foreignBytesNeverThrowAndCostNoMoreThanTheyWeigh(@ForAll byte[] random) {
        Bytes bytes = Bytes.parseHex("42").concat(Bytes.copyOf(random));

        COST.check(bytes.size(), () -> assertNotNull(AutomergeCodec.decode(bytes)));
    }

    @Property
    void aFlippedBitNeverThrows(
            @ForAll("messages") AutomergeMessage message, @ForAll @IntRange(max = 100_000) int at) {
        byte[] bytes = AutomergeCodec.encode(message).toArray();
        bytes[at / 8 % bytes.length] ^= (byte) (1 << at % 8);

        assertNotNull(AutomergeCodec.decode(Bytes.copyOf(bytes)));
    }
}
