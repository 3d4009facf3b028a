package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.History;
import org.elohim.protocol.fuzz.Cost;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Fuzz target: what automerge-repo clients send, as bytes, and as a conversation about a document.
///
/// The first byte of an input says what the rest is taken for. A conversation is a row of steps: a
/// byte that names the step, and what the step takes. Its messages speak of changes by their
/// numbers, for no fuzzer finds a hash.
public final class AutomergeFuzz {
    private static final Cost MESSAGE = new Cost(64, 1 << 16);
    private static final Cost FRAME = new Cost(512, 1 << 20);
    private static final int REASON_CHARS_MAX = 250;
    private static final int STEPS_MAX = 10_000;

    private static final List<ChangeChunk> CHANGES =
            List.copyOf(History.random(7, 60).changes.values());

    private enum Kind {
        MESSAGE,
        FRAME,
        CONVERSATION
    }

    private enum Step {
        SAY,
        DO,
        DO_LAST,
        ADD,
        CONNECT,
        POISON
    }

    private AutomergeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer rest = ByteBuffer.wrap(input);
        switch (one(Kind.values(), rest)) {
            case MESSAGE -> message(bytes(rest, rest.remaining()));
            case FRAME -> frame(bytes(rest, rest.remaining()));
            case CONVERSATION -> conversation(rest);
        }
    }

    private static void message(Bytes bytes) {
        MESSAGE.check(bytes.size(), () -> AutomergeCodec.decode(bytes));
        switch (AutomergeCodec.decode(bytes)) {
            case Decoded.Malformed<AutomergeMessage>(var reason) -> explains(reason);
            case Decoded.Parsed<AutomergeMessage> parsed ->
                    check(
                            parsed.equals(
                                    AutomergeCodec.decode(AutomergeCodec.encode(parsed.value()))),
                            "read again as another message");
        }
    }

    private static void frame(Bytes bytes) {
        FRAME.check(bytes.size(), () -> FrameCodec.decode(bytes));
        switch (FrameCodec.decode(bytes)) {
            case Decoded.Malformed<Frame>(var reason) -> explains(reason);
            case Decoded.Parsed<Frame> parsed ->
                    check(
                            parsed.equals(FrameCodec.decode(FrameCodec.encode(parsed.value()))),
                            "read again as another frame");
        }
    }

    private static void conversation(ByteBuffer steps) {
        var side = new Side();
        while (steps.hasRemaining()) {
            switch (one(Step.values(), steps)) {
                case SAY -> {
                    if (side.sync().isReady()) {
                        side.receive(AutomergeCodec.encode(said(steps)));
                    }
                }
                case DO -> {
                    if (!side.due.isEmpty()) {
                        side.doOne(0);
                    }
                }
                case DO_LAST -> {
                    if (!side.due.isEmpty()) {
                        side.doOne(side.due.size() - 1);
                    }
                }
                case ADD -> side.add(CHANGES.subList(0, number(steps) % CHANGES.size()));
                case CONNECT -> side.connect(hashes(steps));
                case POISON -> side.handle(new Input.Poisoned(1, "poison"));
            }
            side.sent.clear();
        }
        checkThatAnHonestPeerGetsAll(side);
    }

    private static void checkThatAnHonestPeerGetsAll(Side side) {
        side.connect(List.of());
        var peer = new Side();
        peer.add(CHANGES);
        peer.handle(new Input.Begun());
        for (int step = 0; side.isBusy() || peer.isBusy(); step++) {
            check(step < STEPS_MAX, "no end of it");
            side.listen(peer);
            peer.listen(side);
        }
        check(side.graph.heads().equals(peer.graph.heads()), "not the same in the end");
    }

    private static AutomergeMessage said(ByteBuffer steps) {
        List<ContentHash> heads = hashes(steps);
        List<ContentHash> need = hashes(steps);
        var have = new ArrayList<Have>();
        for (int i = number(steps) % 3; i > 0; i--) {
            List<ContentHash> lastSync = hashes(steps);
            List<ContentHash> claimed = hashes(steps);
            have.add(new Have(lastSync, BloomFilter.of(claimed.size(), claimed.stream())));
        }
        var changes = new ArrayList<Bytes>();
        for (int i = number(steps) % 8; i > 0; i--) {
            changes.add(CHANGES.get(number(steps) % CHANGES.size()).bytes());
        }
        return new AutomergeMessage(heads, need, have, changes);
    }

    // Some that exist, and one that nobody has.
    private static List<ContentHash> hashes(ByteBuffer steps) {
        var hashes = new ArrayList<ContentHash>();
        for (int i = number(steps) % 5; i > 0; i--) {
            int chosen = number(steps) % (CHANGES.size() + 1);
            hashes.add(
                    chosen == CHANGES.size()
                            ? new ContentHash(Bytes.copyOf(new byte[ContentHash.SIZE_BYTES]))
                            : CHANGES.get(chosen).hash());
        }
        return hashes;
    }

    private static Bytes bytes(ByteBuffer rest, int length) {
        byte[] bytes = new byte[length];
        rest.get(bytes);
        return Bytes.copyOf(bytes);
    }

    private static <T> T one(T[] choices, ByteBuffer steps) {
        return choices[number(steps) % choices.length];
    }

    // Where the input ends, all that is left out is zero.
    private static int number(ByteBuffer steps) {
        return steps.hasRemaining() ? steps.get() & 0xff : 0;
    }

    private static void explains(String reason) {
        check(!reason.isEmpty() && reason.length() < REASON_CHARS_MAX, "reason: " + reason);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
