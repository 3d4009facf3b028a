package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Frames <-> bytes: a length, a kind, and then the fields in a fixed order, numbers big-endian.
///
/// Not protobuf, since most of what goes over this line are contents, which that would copy once
/// more, and since a list of small messages would be made into objects before it can be counted.
///
/// Invariants: foreign bytes never throw; a frame costs at most a small multiple of its size.
public final class BlobFrames {
    /// Before each frame.
    public static final int LENGTH_BYTES = Integer.BYTES;

    /// Of a content that is sent within its offer.
    public static final int CONTENT_BYTES_MAX = 1 << 20;

    /// A content with an offer around it.
    public static final int FRAME_BYTES_MAX = CONTENT_BYTES_MAX + (64 << 10);

    /// Of a content that is sent in parts.
    public static final int PART_BYTES_MAX = 256 << 10;

    private static final int WORDS_BYTES_MAX = 1_000;
    private static final int NODES_MAX = 256;
    private static final byte ABSENT = -1;

    private static final byte WANT = 1;
    private static final byte OFFER = 2;
    private static final byte RELEASE = 3;
    private static final byte LOST = 4;
    private static final byte SEEK = 5;
    private static final byte DROP = 6;
    private static final byte DOUBTED = 7;
    private static final byte PART = 16;
    private static final byte END = 17;
    private static final byte MISSING = 18;
    private static final byte ALIVE = 19;
    private static final byte VERDICT = 20;
    private static final byte KNOWN = 21;

    private BlobFrames() {}

    /// A frame with its length before it.
    public static ByteBuffer encode(BlobFrame frame) {
        ByteBuffer out = ByteBuffer.allocate(sizeMax(frame));
        out.putInt(0);
        put(out, frame);
        out.putInt(0, out.position() - LENGTH_BYTES);
        return out.flip();
    }

    private static int sizeMax(BlobFrame frame) {
        int content =
                switch (frame) {
                    case BlobFrame.Part part -> part.bytes().remaining();
                    case BlobFrame.Offer offer -> {
                        ByteBuffer inline = offer.content();
                        yield (inline == null ? 0 : inline.remaining())
                                + nodes(offer.stewards().size() + offer.copies().nodes().size());
                    }
                    case BlobFrame.Known known ->
                            nodes(known.stewards().size() + known.copies().nodes().size());
                    case BlobFrame _ -> 0;
                };
        // Whatever has a fixed size, with seven hashes of shards and words.
        return content + 512 + WORDS_BYTES_MAX;
    }

    private static int nodes(int count) {
        return count * (NodeId.KEY_BYTES + Long.BYTES);
    }

    private static void put(ByteBuffer out, BlobFrame frame) {
        switch (frame) {
            case BlobFrame.Want(var piece, long from, long to) -> {
                out.put(WANT);
                put(out, piece);
                out.putLong(from).putLong(to);
            }
            case BlobFrame.Offer(
                            var piece,
                            var reach,
                            var stewards,
                            var manifest,
                            var copies,
                            var content) -> {
                out.put(OFFER);
                put(out, piece);
                out.put((byte) reach.code());
                put(out, stewards);
                put(out, manifest);
                put(out, copies);
                if (content == null) {
                    out.put((byte) 0);
                } else {
                    out.put((byte) 1).put(content.duplicate());
                }
            }
            case BlobFrame.Release(var blob, long turn) -> {
                out.put(RELEASE);
                put(out, blob);
                out.putLong(turn);
            }
            case BlobFrame.Lost(var blob, var piece) -> {
                out.put(LOST);
                put(out, blob);
                out.put((byte) piece.number());
            }
            case BlobFrame.Seek(var blob) -> {
                out.put(SEEK);
                put(out, blob);
            }
            case BlobFrame.Drop(var blob) -> {
                out.put(DROP);
                put(out, blob);
            }
            case BlobFrame.Doubted(var piece) -> {
                out.put(DOUBTED);
                put(out, piece);
            }
            case BlobFrame.Part(int index, long offset, var bytes) -> {
                out.put(PART).putInt(index).putLong(offset);
                out.putInt(check(bytes)).put(bytes.duplicate());
            }
            case BlobFrame.End(int index) -> out.put(END).putInt(index);
            case BlobFrame.Missing(int index, var why) -> {
                out.put(MISSING).putInt(index);
                put(out, why);
            }
            case BlobFrame.Alive(int index) -> out.put(ALIVE).putInt(index);
            case BlobFrame.Verdict(int index, var kind, var words) -> {
                out.put(VERDICT).putInt(index).put(code(kind));
                put(out, words);
            }
            case BlobFrame.Known known -> {
                out.put(KNOWN).putInt(known.index()).putLong(known.sizeBytes());
                out.put((byte) known.reach().code()).put((byte) (known.whole() ? 1 : 0));
                put(out, known.stewards());
                put(out, known.manifest());
                put(out, known.copies());
                out.put((byte) known.promised()).putLong(known.goodSince());
            }
        }
    }

    /// Reads a frame without its length.
    ///
    /// @param frame not touched by anybody else any more: contents stay in it
    public static Decoded<BlobFrame> decode(ByteBuffer frame) {
        if (frame.remaining() > FRAME_BYTES_MAX) {
            return new Decoded.Malformed<>("frame bytes=" + frame.remaining());
        }
        try {
            BlobFrame read = read(frame);
            return frame.hasRemaining()
                    ? new Decoded.Malformed<>("bytes after the frame=" + frame.remaining())
                    : new Decoded.Parsed<>(read);
        } catch (BufferUnderflowException cut) {
            return new Decoded.Malformed<>("a frame that is cut off");
        } catch (IllegalArgumentException outOfBounds) {
            return new Decoded.Malformed<>("frame: " + outOfBounds.getMessage());
        }
    }

    private static BlobFrame read(ByteBuffer in) {
        byte kind = in.get();
        return switch (kind) {
            case WANT -> new BlobFrame.Want(piece(in), in.getLong(), in.getLong());
            case OFFER -> {
                var piece = piece(in);
                var reach = Reach.ofCode(in.get());
                var stewards = turns(in);
                var manifest = manifest(in);
                var copies = copies(in);
                yield new BlobFrame.Offer(
                        piece, reach, stewards, manifest, copies, in.get() == 0 ? null : rest(in));
            }
            case RELEASE -> new BlobFrame.Release(hash(in), in.getLong());
            case LOST -> new BlobFrame.Lost(hash(in), new Piece(in.get()));
            case SEEK -> new BlobFrame.Seek(hash(in));
            case DROP -> new BlobFrame.Drop(hash(in));
            case DOUBTED -> new BlobFrame.Doubted(piece(in));
            case PART -> {
                int index = in.getInt();
                long offset = in.getLong();
                int check = in.getInt();
                ByteBuffer bytes = rest(in);
                if (check != check(bytes)) {
                    throw new IllegalArgumentException("a part is not as its check says");
                }
                yield new BlobFrame.Part(index, offset, bytes);
            }
            case END -> new BlobFrame.End(in.getInt());
            case MISSING -> new BlobFrame.Missing(in.getInt(), words(in));
            case ALIVE -> new BlobFrame.Alive(in.getInt());
            case VERDICT -> new BlobFrame.Verdict(in.getInt(), verdict(in.get()), words(in));
            case KNOWN ->
                    new BlobFrame.Known(
                            in.getInt(),
                            in.getLong(),
                            Reach.ofCode(in.get()),
                            in.get() != 0,
                            turns(in),
                            manifest(in),
                            copies(in),
                            in.get(),
                            in.getLong());
            default -> throw new IllegalArgumentException("kind=" + kind);
        };
    }

    private static int check(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    private static ByteBuffer rest(ByteBuffer in) {
        ByteBuffer rest = in.slice();
        in.position(in.limit());
        return rest;
    }

    private static byte code(BlobFrame.Verdict.Kind kind) {
        return switch (kind) {
            case DONE -> 0;
            case NO_ROOM -> 1;
            case NOT_HAD -> 2;
            case FAILED -> 3;
        };
    }

    private static BlobFrame.Verdict.Kind verdict(byte code) {
        return switch (code) {
            case 0 -> BlobFrame.Verdict.Kind.DONE;
            case 1 -> BlobFrame.Verdict.Kind.NO_ROOM;
            case 2 -> BlobFrame.Verdict.Kind.NOT_HAD;
            case 3 -> BlobFrame.Verdict.Kind.FAILED;
            default -> throw new IllegalArgumentException("verdict=" + code);
        };
    }

    private static void put(ByteBuffer out, PieceRef piece) {
        put(out, piece.blob());
        out.putLong(piece.sizeBytes()).put((byte) piece.piece().number());
        if (!piece.piece().isWhole()) {
            put(out, piece.key());
        }
    }

    private static PieceRef piece(ByteBuffer in) {
        ContentHash blob = hash(in);
        long size = in.getLong();
        var piece = new Piece(in.get());
        return new PieceRef(blob, size, piece, piece.isWhole() ? blob : hash(in));
    }

    private static void put(ByteBuffer out, ContentHash hash) {
        out.put(hash.bytes().asReadOnlyBuffer());
    }

    private static ContentHash hash(ByteBuffer in) {
        return new ContentHash(bytes(in, ContentHash.SIZE_BYTES));
    }

    private static NodeId node(ByteBuffer in) {
        return new NodeId(bytes(in, NodeId.KEY_BYTES));
    }

    private static Bytes bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return Bytes.copyOf(bytes);
    }

    private static void put(ByteBuffer out, Map<NodeId, Long> turns) {
        out.putShort((short) turns.size());
        turns.forEach((node, turn) -> out.put(node.publicKey().asReadOnlyBuffer()).putLong(turn));
    }

    private static SortedMap<NodeId, Long> turns(ByteBuffer in) {
        int count = count(in);
        var turns = new TreeMap<NodeId, Long>();
        for (int i = 0; i < count; i++) {
            turns.put(node(in), in.getLong());
        }
        return turns;
    }

    private static int count(ByteBuffer in) {
        int count = in.getShort();
        if (count < 0 || count > NODES_MAX) {
            throw new IllegalArgumentException("nodes=" + count);
        }
        return count;
    }

    private static void put(ByteBuffer out, @Nullable Manifest manifest) {
        if (manifest == null) {
            out.put(ABSENT);
            return;
        }
        out.put((byte) manifest.shards().size()).putLong(manifest.layout().lengthBytes());
        manifest.shards().forEach(shard -> put(out, shard));
    }

    private static @Nullable Manifest manifest(ByteBuffer in) {
        byte count = in.get();
        if (count == ABSENT) {
            return null;
        }
        var layout = ShardFile.layout(in.getLong());
        if (count != layout.code().shards()) {
            throw new IllegalArgumentException("shards=" + count);
        }
        List<ContentHash> shards = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            shards.add(hash(in));
        }
        return new Manifest(layout, shards);
    }

    private static void put(ByteBuffer out, Copies copies) {
        out.putShort((short) copies.nodes().size());
        copies.held()
                .forEach(
                        (node, held) ->
                                out.put(node.publicKey().asReadOnlyBuffer())
                                        .put((byte) (held.whole() ? 1 : 0))
                                        .putInt(held.shards().bits()));
    }

    private static Copies copies(ByteBuffer in) {
        int count = count(in);
        var held = new TreeMap<NodeId, Copies.Held>();
        for (int i = 0; i < count; i++) {
            NodeId node = node(in);
            var what = new Copies.Held(in.get() != 0, shards(in.getInt()));
            if (what.whole() || what.shards().count() > 0) {
                held.put(node, what);
            }
        }
        return new Copies(held);
    }

    private static ShardSet shards(int bits) {
        if (bits >>> ErasureCode.FOUR_AND_THREE.shards() != 0) {
            throw new IllegalArgumentException("shards=" + Integer.toBinaryString(bits));
        }
        return new ShardSet(bits);
    }

    // Cut so that no letter is torn apart; nobody reads so much of it.
    private static void put(ByteBuffer out, String words) {
        String some = words.length() > WORDS_BYTES_MAX / 4 ? words.substring(0, 250) : words;
        byte[] utf8 = some.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) utf8.length).put(utf8);
    }

    private static String words(ByteBuffer in) {
        int length = in.getShort();
        if (length < 0 || length > WORDS_BYTES_MAX) {
            throw new IllegalArgumentException("words bytes=" + length);
        }
        byte[] utf8 = new byte[length];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
