package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One Automerge change, plain (type 1) or deflated (type 2), of which only the header was read.
///
/// Invariants: checksum and hash were recomputed and fit; `bytes` are those that arrived, so both
/// forms of a change are equal and have the same hash, but different bytes.
public final class ChangeChunk implements Change, Chunk {
    private final ContentHash hash;
    private final Bytes bytes;
    private final Header header;

    /// What the front of a change's body says.
    ///
    /// `timeSeconds` is the author's claim; nothing may be ordered by it.
    record Header(List<ContentHash> deps, Bytes actor, long seq, long startOp, long timeSeconds) {
        Header {
            deps = List.copyOf(deps);
        }
    }

    ChangeChunk(ContentHash hash, Header header, Bytes bytes) {
        this.hash = hash;
        this.header = header;
        this.bytes = bytes;
    }

    /// Reads exactly one change chunk.
    public static Decoded<ChangeChunk> parse(Bytes bytes) {
        var reader = new ChunkReader(bytes);
        if (!reader.hasNext()) {
            return new Decoded.Malformed<>("no bytes");
        }
        return switch (reader.next()) {
            case Decoded.Malformed<Chunk>(var reason) -> new Decoded.Malformed<>(reason);
            case Decoded.Parsed<Chunk>(DocumentChunk _) ->
                    new Decoded.Malformed<>("a document chunk where one change is due");
            case Decoded.Parsed<Chunk>(ChangeChunk _) when reader.hasNext() ->
                    new Decoded.Malformed<>("bytes after the change");
            case Decoded.Parsed<Chunk>(ChangeChunk change) -> new Decoded.Parsed<>(change);
        };
    }

    @Override
    public ContentHash hash() {
        return hash;
    }

    @Override
    public List<ContentHash> deps() {
        return header.deps();
    }

    @Override
    public Bytes actor() {
        return header.actor();
    }

    @Override
    public long seq() {
        return header.seq();
    }

    public long startOp() {
        return header.startOp();
    }

    /// The author's claim, in seconds since 1970; nothing may be ordered by it.
    public long timeSeconds() {
        return header.timeSeconds();
    }

    /// The same, unless the author says nothing or what is no time.
    public Optional<Instant> time() {
        long seconds = header.timeSeconds();
        return seconds > 0 && seconds <= Instant.MAX.getEpochSecond()
                ? Optional.of(Instant.ofEpochSecond(seconds))
                : Optional.empty();
    }

    @Override
    public Bytes bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChangeChunk change && hash.equals(change.hash);
    }

    @Override
    public int hashCode() {
        return hash.hashCode();
    }

    @Override
    public String toString() {
        return "ChangeChunk[" + hash + "]";
    }
}
