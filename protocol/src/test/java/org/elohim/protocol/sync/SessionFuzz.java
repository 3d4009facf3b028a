package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.fuzz.Cost;

import java.nio.ByteBuffer;

/// Fuzz target: frames from a peer, one alone or many in a session with all that else can happen.
///
/// An input is a row of steps: a byte that names the step, and what the step takes. A frame stands
/// behind its length in two bytes.
public final class SessionFuzz {
    // Protobuf makes objects of a frame's fields before we can count them.
    private static final Cost DECODING = new Cost(128, 1 << 16);

    private static final int TICK_MILLIS = 200;

    private enum Step {
        FRAME,
        LONE_FRAME,
        ANSWER,
        WAIT,
        WRITE,
        RECONNECT,
        CONNECT,
        CUT,
        RAISE,
        POISON
    }

    private SessionFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer steps = ByteBuffer.wrap(input);
        var peer = new HostilePeer(input.length % 2 == 1);
        while (steps.hasRemaining()) {
            step(peer, one(Step.values(), steps), steps);
        }
        peer.checkThatAnHonestPeerGetsIn();
    }

    private static void step(HostilePeer peer, Step step, ByteBuffer steps) {
        switch (step) {
            case FRAME -> {
                if (SyncCodec.decode(frame(steps)) instanceof Decoded.Parsed<SyncMessage>(var m)) {
                    peer.say(m);
                }
            }
            case LONE_FRAME -> codec(frame(steps));
            case ANSWER -> peer.answer();
            case WAIT -> peer.wait(number(steps) * TICK_MILLIS);
            case WRITE ->
                    peer.write(
                            one(Lane.values(), steps),
                            one(StreamEntry.Kind.values(), steps),
                            number(steps));
            case RECONNECT -> peer.reconnect();
            case CONNECT -> peer.connect();
            case CUT -> peer.cut();
            case RAISE -> peer.raise(number(steps), one(Tier.values(), steps));
            case POISON -> peer.poison();
        }
    }

    private static void codec(Bytes frame) {
        DECODING.check(frame.size(), () -> SyncCodec.decode(frame));
        switch (SyncCodec.decode(frame)) {
            case Decoded.Malformed<SyncMessage>(var reason) -> {
                if (reason.isEmpty()) {
                    throw new AssertionError("a refusal without a reason");
                }
            }
            case Decoded.Parsed<SyncMessage> parsed -> {
                var again = SyncCodec.decode(SyncCodec.encode(parsed.value()));
                if (!parsed.equals(again)) {
                    throw new AssertionError(parsed + " is read again as " + again);
                }
            }
        }
    }

    private static Bytes frame(ByteBuffer steps) {
        int length = number(steps) << 8 | number(steps);
        byte[] frame = new byte[Math.min(length, steps.remaining())];
        steps.get(frame);
        return Bytes.copyOf(frame);
    }

    private static <T> T one(T[] choices, ByteBuffer steps) {
        return choices[number(steps) % choices.length];
    }

    // Where the input ends, all that is left out is zero.
    private static int number(ByteBuffer steps) {
        return steps.hasRemaining() ? steps.get() & 0xff : 0;
    }
}
