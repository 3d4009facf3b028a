package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.fuzz.Cost;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Fuzz target: everything that reads changes, snapshots and documents from foreign bytes.
///
/// The first byte of an input says what the rest is taken for. A checksum would keep the fuzzer out
/// for ever, so for most of them it is put right first.
public final class ChangeFuzz {
    // A delta may inflate to 64 times its size and a constant, and the buffer it inflates into
    // doubles as it grows; the rest is objects of the shortest chunks.
    private static final Cost READING =
            new Cost(6L * ChunkReader.INFLATION_RATIO_MAX, 5L * ChunkReader.INFLATION_BYTES_FREE);

    private static final Cost SEALED = new Cost(64, 1 << 16);
    private static final Cost SNAPSHOT = new Cost(256, 1 << 18);
    private static final int REASON_CHARS_MAX = 200;

    private enum Kind {
        DELTA,
        MENDED_DELTA,
        CHANGE_BODY,
        DEFLATED_BODY,
        DOCUMENT_BODY,
        SEALED,
        SNAPSHOT
    }

    private ChangeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        Kind[] kinds = Kind.values();
        Bytes rest = Bytes.copyOf(input, 1, input.length);
        switch (kinds[(input[0] & 0xff) % kinds.length]) {
            case DELTA -> delta(rest);
            case MENDED_DELTA -> delta(mended(rest));
            case CHANGE_BODY -> delta(Chunks.change(rest));
            case DEFLATED_BODY -> delta(Chunks.deflated(rest));
            case DOCUMENT_BODY -> delta(Chunks.document(rest));
            case SEALED -> sealed(rest);
            case SNAPSHOT -> snapshot(rest);
        }
    }

    private static void delta(Bytes delta) {
        READING.check(delta.size(), () -> chunks(delta));
        List<ChangeChunk> changes = new ArrayList<>();
        for (Chunk chunk : chunks(delta)) {
            switch (chunk) {
                case DocumentChunk document ->
                        check(document.bytes().size() <= delta.size(), "longer than the delta");
                case ChangeChunk change -> {
                    check(
                            Change.parse(change.bytes()).equals(new Decoded.Parsed<>(change)),
                            "a change alone is another one");
                    changes.add(change);
                }
            }
        }
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        graph.apply(1, graph.decide(changes, Entry.DEVICE).accepted());
        graph.checkInvariants();
    }

    private static List<Chunk> chunks(Bytes delta) {
        List<Chunk> chunks = new ArrayList<>();
        var reader = new ChunkReader(delta);
        while (reader.hasNext()) {
            switch (reader.next()) {
                case Decoded.Parsed<Chunk>(var chunk) -> chunks.add(chunk);
                case Decoded.Malformed<Chunk>(var reason) -> {
                    explains(reason);
                    check(!reader.hasNext(), "goes on after " + reason);
                }
            }
        }
        return chunks;
    }

    private static void sealed(Bytes bytes) {
        // The version is given: without it nothing else is looked at.
        Bytes change = Bytes.parseHex("01").concat(bytes);
        SEALED.check(change.size(), () -> Change.parse(change));
        switch (SealedChange.parse(change)) {
            case Decoded.Malformed<SealedChange>(var reason) -> explains(reason);
            case Decoded.Parsed<SealedChange>(var sealed) -> {
                check(sealed.bytes().equals(change), "one content has two encodings");
                sealed.isSignedByItsAuthor();
            }
        }
    }

    // Every part behind its length in two bytes.
    private static void snapshot(Bytes parts) {
        SNAPSHOT.check(parts.size(), () -> restore(parts));
    }

    private static void restore(Bytes parts) {
        ByteBuffer rest = parts.asReadOnlyBuffer();
        var reader = new SnapshotReader(CostLimits.DEFAULT);
        while (rest.remaining() > 2) {
            byte[] part = new byte[Math.min(rest.getShort() & 0xffff, rest.remaining())];
            rest.get(part);
            Bytes content = Bytes.copyOf(part);
            switch (reader.add(content.concat(SnapshotWriter.crc(content)))) {
                case SnapshotReader.Progress.NeedMore _ -> {}
                case SnapshotReader.Progress.Malformed(var reason) -> explains(reason);
                case SnapshotReader.Progress.Restored(var graph) -> graph.checkInvariants();
            }
        }
    }

    /// The same chunks with the magic and the checksums that fit, as far as there are any.
    private static Bytes mended(Bytes delta) {
        Bytes mended = Bytes.EMPTY;
        Bytes rest = delta;
        while (rest.size() > 9) {
            int type = rest.at(8) & 0xff;
            var front = new FieldReader(rest.slice(9, rest.size()));
            int length = front.count("length", 1, Integer.MAX_VALUE);
            if (front.failed()) {
                break;
            }
            int end = 9 + front.position() + length;
            Bytes body = rest.slice(9 + front.position(), end);
            boolean deflated = type == 2;
            if (deflated
                    && Inflation.inflate(body.asReadOnlyBuffer(), 1 << 20)
                            instanceof Decoded.Parsed<ByteBuffer>(var plain)) {
                byte[] inflated = new byte[plain.remaining()];
                plain.get(inflated);
                mended =
                        mended.concat(
                                Chunks.chunk(type, body, Chunks.hash(1, Bytes.copyOf(inflated))));
            } else {
                mended = mended.concat(Chunks.chunk(type, body, Chunks.hash(type, body)));
            }
            rest = rest.slice(end, rest.size());
        }
        return mended.concat(rest);
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
