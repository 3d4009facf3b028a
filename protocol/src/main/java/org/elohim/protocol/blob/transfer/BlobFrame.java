package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What two nodes of a family say about blobs. A request is a list of questions; an answer names
/// the question by its place in that list, so that answers may come in any order.
public sealed interface BlobFrame {
    /// A question.
    sealed interface Question extends BlobFrame {}

    /// An answer.
    sealed interface Answer extends BlobFrame {
        int index();
    }

    /// Send me this part of a piece. Answered by [Part]s in their order and [End], or by [Missing],
    /// also after some parts.
    record Want(PieceRef piece, long from, long to) implements Question {
        public Want {
            if (from < 0 || to < from || to > piece.lengthBytes()) {
                throw new IllegalArgumentException("from=" + from + " to=" + to + " of " + piece);
            }
        }
    }

    /// Keep this piece. Answered by [Verdict], and by [Alive] until then.
    ///
    /// @param reach how far the blob may travel
    /// @param stewards for whom, with their turns
    /// @param copies where it may be fetched
    /// @param content all of it, where it is small; nobody else touches the buffer
    record Offer(
            PieceRef piece,
            Reach reach,
            SortedMap<NodeId, Long> stewards,
            @Nullable Manifest manifest,
            Copies copies,
            @Nullable ByteBuffer content)
            implements Question {
        public Offer {
            stewards = Collections.unmodifiableSortedMap(new TreeMap<>(stewards));
            if (stewards.isEmpty()) {
                throw new IllegalArgumentException("kept for nobody: " + piece);
            }
            if (manifest != null && !ShardFile.isOf(manifest, piece.sizeBytes())) {
                throw new IllegalArgumentException("an unknown layout: " + manifest.layout());
            }
            if (manifest == null && !piece.piece().isWhole()) {
                throw new IllegalArgumentException("a shard without a manifest: " + piece);
            }
            if (manifest != null
                    && !PieceRef.of(piece.blob(), manifest, piece.piece()).equals(piece)) {
                throw new IllegalArgumentException("not of its manifest: " + piece);
            }
            if (content != null && content.remaining() != piece.lengthBytes()) {
                throw new IllegalArgumentException("content bytes=" + content.remaining());
            }
        }
    }

    /// You need not keep anything of this blob for me. Answered by [Verdict].
    record Release(ContentHash blob, long turn) implements Question {}

    /// I do not have this any more, of what I keep for you. Answered by [Verdict].
    record Lost(ContentHash blob, Piece piece) implements Question {}

    /// What you have sent of this piece is not it, by its hash: look at what you keep. Answered by
    /// [Verdict], once that is done.
    record Doubted(PieceRef piece) implements Question {}

    /// What do you know of this blob? Answered by [Known] or [Missing].
    record Seek(ContentHash blob) implements Question {}

    /// Nobody wants this blob any more, says somebody who may: you need not see to it. Answered by
    /// [Verdict].
    record Drop(ContentHash blob) implements Question {}

    /// Some of what was wanted; its check is that of the bytes as the sender has checked them.
    record Part(int index, long offset, ByteBuffer bytes) implements Answer {}

    /// That was all.
    record End(int index) implements Answer {}

    /// It is not to be had here.
    record Missing(int index, String why) implements Answer {}

    /// Still at work on it.
    record Alive(int index) implements Answer {}

    /// What became of a request.
    record Verdict(int index, Kind kind, String words) implements Answer {
        /// How it has ended.
        public enum Kind {
            /// It is on the disk, and written down.
            DONE,
            NO_ROOM,
            /// The content cannot be had; it is nobody's fault here.
            NOT_HAD,
            FAILED
        }
    }

    /// What a node knows of a blob.
    ///
    /// @param sizeBytes -1 where it only happens to have it
    /// @param reach how far it may travel; the narrowest where nobody is known who wants it
    /// @param whole whether it has all of it on its disk, whoever that is kept for
    /// @param copies that it counts on, its own among them
    /// @param promised how many nodes may be lost, as far as this one has made sure
    /// @param goodSince the second since 1970 since when at the latest all that lies here is known
    ///   to be good; zero where it was not looked at
    record Known(
            int index,
            long sizeBytes,
            Reach reach,
            boolean whole,
            Map<NodeId, Long> stewards,
            @Nullable Manifest manifest,
            Copies copies,
            int promised,
            long goodSince)
            implements Answer {
        public Known {
            stewards = Collections.unmodifiableSortedMap(new TreeMap<>(stewards));
        }
    }
}
