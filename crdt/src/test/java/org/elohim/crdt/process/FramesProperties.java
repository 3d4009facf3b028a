package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.fuzz.Cost;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class FramesProperties {
    private static final Cost READING = new Cost(16, 1 << 16);

    @Property
    void bodiesAreReadAsTheyWereWritten(@ForAll @Size(max = 5) List<byte[]> bodies)
            throws IOException {
        List<Bytes> written = bodies.stream().map(Bytes::copyOf).toList();

        assertEquals(written, readAll(stream(written)));
    }

    @Property
    void aStreamThatEndsWithinAFrameIsAnErrorAndNoFrame(
            @ForAll byte[] body, @ForAll @IntRange(max = 1000) int cut) throws IOException {
        Bytes whole = stream(List.of(Bytes.copyOf(body)));
        int kept = 1 + cut % (whole.size() - 1);

        assertThrows(IOException.class, () -> readAll(whole.slice(0, kept)));
    }

    @Property
    void randomBytesAreFramesOrAnErrorOfTheStream(@ForAll byte[] random) {
        Bytes bytes = Bytes.copyOf(random);
        READING.check(bytes.size(), () -> readOrFail(bytes));
    }

    @Property
    void aLengthCostsNothingBeforeItsBytesHaveCome(@ForAll int length) {
        Bytes front = Bytes.copyOf(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
        READING.check(front.size(), () -> readOrFail(front));
    }

    @Example
    void aLengthBeyondTheLimitIsNamed() {
        Bytes front =
                Bytes.copyOf(
                        ByteBuffer.allocate(Integer.BYTES)
                                .putInt(Frames.BODY_BYTES_MAX + 1)
                                .array());

        var refused = assertThrows(IOException.class, () -> readAll(front));

        assertTrue(String.valueOf(refused.getMessage()).contains("bytes=67108865"));
    }

    private static Bytes stream(List<Bytes> bodies) throws IOException {
        var out = new ByteArrayOutputStream();
        for (Bytes body : bodies) {
            Frames.write(new DataOutputStream(out), body);
        }
        return Bytes.copyOf(out.toByteArray());
    }

    private static List<Bytes> readAll(Bytes stream) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(stream.toArray()));
        List<Bytes> bodies = new ArrayList<>();
        for (Optional<Bytes> body = Frames.read(in); body.isPresent(); body = Frames.read(in)) {
            bodies.add(body.get());
        }
        return bodies;
    }

    private static void readOrFail(Bytes stream) {
        try {
            readAll(stream);
        } catch (IOException cutOff) {
            // The one kind of exception there may be; any other fails the test.
            return;
        }
    }
}
