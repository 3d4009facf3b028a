package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;

class SyncCodecProperties {
    @Provide
    Arbitrary<SyncMessage> messages() {
        return Messages.any();
    }

    @Property
    void aMessageIsReadAsItWasWritten(@ForAll("messages") SyncMessage message) {
        assertEquals(new Decoded.Parsed<>(message), SyncCodec.decode(SyncCodec.encode(message)));
    }

    @Property
    void aTruncatedFrameIsNeverTheWholeMessage(
            @ForAll("messages") SyncMessage message, @ForAll @IntRange(max = 2000) int cut) {
        Bytes whole = SyncCodec.encode(message);
        Bytes part = whole.slice(0, Math.min(cut, whole.size() - 1));
        assertNotEquals(new Decoded.Parsed<>(message), SyncCodec.decode(part));
    }

    @Property
    void randomBytesNeverThrow(@ForAll byte[] random) {
        assertNotNull(SyncCodec.decode(Bytes.copyOf(random)));
    }

    @Property
    void aFlippedBitNeverThrows(
            @ForAll("messages") SyncMessage message, @ForAll @IntRange(max = 100_000) int bit) {
        byte[] frame = SyncCodec.encode(message).toArray();
        frame[bit / 8 % frame.length] ^= (byte) (1 << bit % 8);
        assertNotNull(SyncCodec.decode(Bytes.copyOf(frame)));
    }
}
