package org.elohim.node.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import akka.util.ByteString;

import io.grpc.Status;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.node.sync.FrameLimit;
import org.elohim.protocol.sync.SyncCodec;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.List;

class MessageBoundsTest {
    private final MessageBounds bounds = new MessageBounds(SyncCodec.FRAME_BYTES_MAX);

    @Test
    void whatIsTooLargeIsRefusedBeforeItHasCome() {
        assertEquals(
                Status.Code.RESOURCE_EXHAUSTED, refused(header(0, SyncCodec.FRAME_BYTES_MAX + 1)));
        assertEquals(
                Status.Code.RESOURCE_EXHAUSTED,
                refused(new MessageBounds(SyncCodec.FRAME_BYTES_MAX), header(0, -1)));
    }

    @Test
    void howLargeAMessageMayBeIsAMatterOfItsCall() {
        var small = new MessageBounds(100);
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused(small, header(0, 101)));
        var whole = new MessageBounds(100);
        whole.checked(header(0, 100).concat(ByteString.fromArray(new byte[100])), 0);
        whole.end();
    }

    @Test
    void theLargestFrameMayCome() {
        bounds.checked(header(0, SyncCodec.FRAME_BYTES_MAX), 0);
        bounds.checked(ByteString.fromArray(new byte[SyncCodec.FRAME_BYTES_MAX]), 0);
        bounds.end();
    }

    @Test
    void compressedMessagesAreNotTaken() {
        assertEquals(Status.Code.UNIMPLEMENTED, refused(header(1, 10)));
    }

    @Test
    void crumbsDoNotGoOnForEver() {
        bounds.checked(header(0, SyncCodec.FRAME_BYTES_MAX), 0);
        for (int i = 0; i < FrameLimit.PARTS_MAX; i++) {
            bounds.checked(ByteString.fromArray(new byte[1]), 0);
        }
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused(ByteString.fromArray(new byte[1])));
    }

    @Property
    void howMessagesAreCutChangesNothing(
            @ForAll @Size(max = 20) List<@IntRange(max = 300) Integer> sizes,
            @ForAll @IntRange(min = 1, max = 700) int cut) {
        var looking = new MessageBounds(SyncCodec.FRAME_BYTES_MAX);
        ByteString all = ByteString.emptyByteString();
        for (int size : sizes) {
            all = all.concat(header(0, size)).concat(ByteString.fromArray(new byte[size]));
        }
        for (ByteString rest = all; !rest.isEmpty(); rest = rest.drop(cut)) {
            looking.checked(rest.take(cut), 0);
        }
        looking.end();
        if (!all.isEmpty()) {
            var cutOff = new MessageBounds(SyncCodec.FRAME_BYTES_MAX);
            cutOff.checked(all.dropRight(1), 0);
            assertEquals(
                    Status.Code.INVALID_ARGUMENT,
                    assertThrows(Refused.class, cutOff::end).getStatus().getCode());
        }
    }

    private Status.Code refused(ByteString part) {
        return refused(bounds, part);
    }

    private static Status.Code refused(MessageBounds bounds, ByteString part) {
        return assertThrows(Refused.class, () -> bounds.checked(part, 0)).getStatus().getCode();
    }

    private static ByteString header(int flag, int length) {
        return ByteString.fromArray(ByteBuffer.allocate(5).put((byte) flag).putInt(length).array());
    }
}
