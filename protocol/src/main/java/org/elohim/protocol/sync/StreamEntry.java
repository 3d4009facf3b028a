package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Ruling;
import org.jspecify.annotations.Nullable;

import java.util.List;

/// One entry of the node's own journal, as the sessions see it.
///
/// Invariants: `changes` holds nothing, or the bytes of all the entry's changes; a life belongs to
/// the marks that end or begin one, and to nothing else.
///
/// @param ordering the place in the journal; no peer ever sees it
/// @param hashes of the changes, at least those that imply all others; none for the other kinds
/// @param origin the peer that has sent *all* of it, and therefore need not get its bytes back.
///   Orphans that were freed may come from somebody else: then there is no origin
/// @param changes the bytes where they are few, else empty
/// @param life odd of a deletion, even of a restore; of a ruling the document's at that moment;
///   else 0
/// @param ruling of an entry that tells of one, else none
public record StreamEntry(
        long ordering,
        Lane lane,
        Kind kind,
        DocumentId document,
        List<ContentHash> hashes,
        @Nullable NodeId origin,
        List<Bytes> changes,
        long life,
        Ruling ruling) {
    /// Changes up to this many bytes in all travel inside their event.
    public static final int INLINE_BYTES_MAX = 16 << 10;

    // What an entry weighs beside its hashes and changes, on the wire and in memory, roughly.
    private static final int BASE_BYTES = 96;

    /// The largest entry there can be.
    public static final long SIZE_BYTES_MAX =
            BASE_BYTES + (long) SyncMessage.HASHES_MAX * ContentHash.SIZE_BYTES + INLINE_BYTES_MAX;

    /// What an entry is about.
    public enum Kind {
        /// Changes, or the offer of a document's heads to somebody who may newly hold it.
        CHANGES,
        WITHDRAWN,
        DELETED,
        /// The document lives again, and all of it is offered.
        RESTORED,
        /// Who may have the document, for those who have all documents.
        RULED
    }

    public StreamEntry {
        if (ordering < 1 || (kind == Kind.CHANGES) == hashes.isEmpty()) {
            throw new IllegalArgumentException(
                    "ordering=" + ordering + " " + kind + " hashes=" + hashes.size());
        }
        boolean lifeFits =
                switch (kind) {
                    case CHANGES, WITHDRAWN -> life == 0;
                    case RULED -> life >= 0;
                    case DELETED -> life % 2 == 1;
                    case RESTORED -> life > 0 && life % 2 == 0;
                };
        if (!lifeFits || life > SyncMessage.LIFE_MAX) {
            throw new IllegalArgumentException(kind + " life=" + life);
        }
        if (kind != Kind.RULED && !ruling.equals(Ruling.NONE)) {
            throw new IllegalArgumentException(kind + " " + ruling);
        }
        if (hashes.size() > SyncMessage.HASHES_MAX) {
            throw new IllegalArgumentException("hashes=" + hashes.size());
        }
        if (changes.stream().mapToLong(Bytes::size).sum() > INLINE_BYTES_MAX) {
            throw new IllegalArgumentException("inline changes too large");
        }
        hashes = List.copyOf(hashes);
        changes = List.copyOf(changes);
    }

    /// Changes, or an offer of them.
    public static StreamEntry ofChanges(
            long ordering,
            Lane lane,
            DocumentId document,
            List<ContentHash> hashes,
            @Nullable NodeId origin,
            List<Bytes> changes) {
        return new StreamEntry(
                ordering, lane, Kind.CHANGES, document, hashes, origin, changes, 0, Ruling.NONE);
    }

    public static StreamEntry ofWithdrawal(long ordering, Lane lane, DocumentId document) {
        return ofMark(ordering, lane, Kind.WITHDRAWN, document, null, 0, Ruling.NONE);
    }

    /// The document's life as of now: a deletion, or a restore.
    ///
    /// It has no origin: told back to the one it came from, a restore offers it what we have.
    public static StreamEntry ofLife(long ordering, Lane lane, DocumentId document, long life) {
        Kind kind = life % 2 == 1 ? Kind.DELETED : Kind.RESTORED;
        return ofMark(ordering, lane, kind, document, null, life, Ruling.NONE);
    }

    public static StreamEntry ofRuling(
            long ordering,
            Lane lane,
            DocumentId document,
            Ruling ruling,
            long life,
            @Nullable NodeId origin) {
        return ofMark(ordering, lane, Kind.RULED, document, origin, life, ruling);
    }

    private static StreamEntry ofMark(
            long ordering,
            Lane lane,
            Kind kind,
            DocumentId document,
            @Nullable NodeId origin,
            long life,
            Ruling ruling) {
        return new StreamEntry(
                ordering, lane, kind, document, List.of(), origin, List.of(), life, ruling);
    }

    /// What it takes in a buffer or on the wire.
    public long sizeBytes() {
        long inline = changes.stream().mapToLong(Bytes::size).sum();
        return BASE_BYTES + (long) hashes.size() * ContentHash.SIZE_BYTES + inline;
    }

    StreamEntry withoutChanges() {
        return new StreamEntry(
                ordering, lane, kind, document, hashes, origin, List.of(), life, ruling);
    }
}
