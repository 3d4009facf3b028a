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

class FrameCodecProperties {
    // Maps of the shortest fields; the parser has buffers of its own.
    private static final Cost COST = new Cost(512, 1 << 20);

    @Provide
    Arbitrary<Frame> frames() {
        return Frames.any();
    }

    @Property
    void aFrameIsReadAsItWasWritten(@ForAll("frames") Frame frame) {
        assertEquals(new Decoded.Parsed<>(frame), FrameCodec.decode(FrameCodec.encode(frame)));
    }

    @Property
    void aTruncatedFrameIsRefused(
            @ForAll("frames") Frame frame, @ForAll @IntRange(max = 1000) int cut) {
        Bytes whole = FrameCodec.encode(frame);
        Bytes part = whole.slice(0, Math.min(cut, whole.size() - 1));

        assertInstanceOf(Decoded.Malformed.class, FrameCodec.decode(part));
    }

    @Property
    void foreignBytesNeverThrowAndCostNoMoreThanTheyWeigh(@ForAll byte[] random) {
        Bytes bytes = Bytes.parseHex("bf").concat(Bytes.copyOf(random));

        COST.check(bytes.size(), () -> assertNotNull(FrameCodec.decode(bytes)));
    }

    @Property
    void aFlippedBitNeverThrows(
            @ForAll("frames") Frame frame, @ForAll @IntRange(max = 100_000) int at) {
        byte[] bytes = FrameCodec.encode(frame).toArray();
        bytes[at / 8 % bytes.length] ^= (byte) (1 << at % 8);

        assertNotNull(FrameCodec.decode(Bytes.copyOf(bytes)));
    }
}
