package org.elohim.node.grpc;

import akka.NotUsed;
import akka.http.javadsl.model.HttpResponse;
import akka.japi.Pair;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import com.google.protobuf.UnsafeByteOperations;

import io.grpc.Status;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.api.WantedReach;
import org.elohim.node.blob.BlobReads.Opened;
import org.elohim.node.blob.BlobRights;
import org.elohim.node.blob.Blobs;
import org.elohim.node.blob.Stored;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.node.wire.BlobChunk;
import org.elohim.protocol.node.wire.GetBlobRequest;
import org.elohim.protocol.node.wire.PutBlobResponse;
import org.elohim.protocol.reach.Reach;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Blobs in chunks: the same as `/blobs`, but that nothing is kept of what breaks off.
final class BlobCalls {
    /// Of one message that brings a chunk.
    static final int MESSAGE_BYTES_MAX = (1 << 20) + (1 << 10);

    // As it came, and its content.
    private static final long MESSAGES_IN_HAND = 2;

    private static final String OBSERVER =
            "this node is an observer of its family, and what is put here would reach nobody else;"
                    + " ask a full node of the family for it";

    private final Blobs blobs;
    private final BlobRights rights;
    private final Intake intake;
    private final boolean readOnly;
    private final Materializer streams;

    /// @param readOnly whether nothing is taken, since this node is an observer
    BlobCalls(Blobs blobs, Intake intake, boolean readOnly, Materializer streams) {
        this.blobs = blobs;
        this.rights = new BlobRights(blobs.keeper());
        this.intake = intake;
        this.readOnly = readOnly;
        this.streams = streams;
    }

    CompletionStage<HttpResponse> get(GrpcCall call) {
        if (!call.granted().allowsBlobs(Access.READ, Reach.COMMONS)) {
            return forbidden(call, "read");
        }
        return call.many(
                Messages.of(GetBlobRequest.parser()),
                Messages.of(BlobChunk.parser()),
                asked -> content(call.granted(), hash(asked), asked.getOffset()));
    }

    private static ContentHash hash(GetBlobRequest asked) {
        try {
            return new ContentHash(Bytes.copyOf(asked.getHash().toByteArray()));
        } catch (IllegalArgumentException notAHash) {
            throw new Refused(
                    Status.Code.INVALID_ARGUMENT,
                    "a blob's hash has 32 bytes, this one " + asked.getHash().size());
        }
    }

    private Source<BlobChunk, NotUsed> content(Grant.OfToken grant, ContentHash hash, long from) {
        return Source.completionStageSource(
                        rights.<Opened>reading(
                                        grant,
                                        hash,
                                        () -> blobs.reads().open(hash),
                                        Opened.Absent::new)
                                .thenApply(opened -> chunks(hash, opened, from)))
                .mapMaterializedValue(_ -> NotUsed.getInstance());
    }

    private Source<BlobChunk, NotUsed> chunks(ContentHash hash, Opened opened, long from) {
        return switch (opened) {
            case Opened.Open blob when from < 0 || from > blob.bytes() ->
                    throw new Refused(
                            Status.Code.OUT_OF_RANGE,
                            "the blob has %d bytes, and none from %s on"
                                    .formatted(blob.bytes(), Long.toUnsignedString(from)));
            case Opened.Open blob ->
                    blobs.reads()
                            .bytes(blob, from, blob.bytes())
                            .statefulMap(
                                    () -> from,
                                    (at, bytes) -> Pair.create(at + bytes.size(), chunk(at, bytes)),
                                    _ -> Optional.empty());
            case Opened.Absent _ ->
                    throw new Refused(
                            Status.Code.NOT_FOUND,
                            "there is no blob " + hash + " here, or it is not for this token");
            case Opened.Damaged _ ->
                    throw new Refused(
                            Status.Code.DATA_LOSS,
                            "blob %s is damaged on this node's disk, and no other node gives it; whoever puts it again heals it"
                                    .formatted(hash));
            case Opened.Unreadable(var words) -> throw new Refused(Status.Code.UNAVAILABLE, words);
        };
    }

    private static BlobChunk chunk(long at, ByteString bytes) {
        return BlobChunk.newBuilder()
                .setOffset(at)
                .setData(UnsafeByteOperations.unsafeWrap(bytes.asByteBuffer()))
                .build();
    }

    CompletionStage<HttpResponse> put(GrpcCall call) {
        if (!call.granted().allowsBlobs(Access.WRITE, Reach.COMMONS)) {
            return forbidden(call, "write");
        }
        if (readOnly) {
            return CompletableFuture.completedFuture(
                    call.refused(Status.Code.FAILED_PRECONDITION, OBSERVER));
        }
        Optional<String> refusal = intake.begin();
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(
                    call.refused(Status.Code.UNAVAILABLE, refusal.get()));
        }
        return taken(call).whenComplete((_, _) -> intake.end());
    }

    private CompletionStage<HttpResponse> taken(GrpcCall call) {
        return blobs.puts()
                .withinNow(
                        blobs.puts().streamBytes(0) + MESSAGES_IN_HAND * MESSAGE_BYTES_MAX,
                        () ->
                                call.collected(
                                        Messages.of(BlobChunk.parser()),
                                        Messages.of(PutBlobResponse.parser()),
                                        chunks -> kept(call.granted(), chunks)))
                .orElseGet(
                        () ->
                                CompletableFuture.completedFuture(
                                        call.refused(
                                                Status.Code.UNAVAILABLE,
                                                "the node takes as many blobs at once as fit into"
                                                        + " its memory; send it again")));
    }

    // How far it may travel stands in its first chunk alone.
    private CompletionStage<PutBlobResponse> kept(
            Grant.OfToken grant, Source<BlobChunk, NotUsed> chunks) {
        return chunks.prefixAndTail(1)
                .runWith(Sink.head(), streams)
                .thenCompose(
                        begun -> {
                            Source<BlobChunk, NotUsed> all =
                                    Source.from(begun.first()).concat(begun.second());
                            return blobs.puts()
                                    .put(
                                            content(all),
                                            0,
                                            Optional.empty(),
                                            reach(grant, begun),
                                            streams)
                                    .thenApply(BlobCalls::answer);
                        });
    }

    private Reach reach(
            Grant.OfToken grant, Pair<List<BlobChunk>, Source<BlobChunk, NotUsed>> begun) {
        try {
            Optional<Reach> told =
                    begun.first().stream()
                            .map(BlobChunk::getReach)
                            .filter(text -> !text.isEmpty())
                            .findFirst()
                            .map(Reach::parse);
            switch (WantedReach.of(told, grant)) {
                case WantedReach.Of(var reach) -> {
                    return reach;
                }
                case WantedReach.Forbidden(var words) ->
                        throw new Refused(Status.Code.PERMISSION_DENIED, words);
            }
        } catch (IllegalArgumentException noReach) {
            throw new Refused(Status.Code.INVALID_ARGUMENT, String.valueOf(noReach.getMessage()));
        }
    }

    private static Source<ByteString, NotUsed> content(Source<BlobChunk, NotUsed> chunks) {
        return chunks.statefulMap(
                () -> 0L,
                (at, chunk) -> {
                    if (chunk.getOffset() != at) {
                        throw new Refused(
                                Status.Code.INVALID_ARGUMENT,
                                "chunks follow each other without gaps; this one is at %s and not at %d"
                                        .formatted(Long.toUnsignedString(chunk.getOffset()), at));
                    }
                    byte[] bytes = chunk.getData().toByteArray();
                    return Pair.create(at + bytes.length, ByteString.fromArrayUnsafe(bytes));
                },
                _ -> Optional.empty());
    }

    private static PutBlobResponse answer(Stored stored) {
        return switch (stored) {
            case Stored.Kept(var hash, long bytes, _) ->
                    PutBlobResponse.newBuilder()
                            .setHash(
                                    UnsafeByteOperations.unsafeWrap(
                                            hash.bytes().asReadOnlyBuffer()))
                            .setSize(bytes)
                            .build();
            case Stored.Full(var words) -> throw new Refused(Status.Code.UNAVAILABLE, words);
            case Stored.Failed(var words) -> throw new Refused(Status.Code.UNAVAILABLE, words);
            case Stored.Other(var hash) ->
                    throw new IllegalStateException("nothing was promised: " + hash);
        };
    }

    private static CompletionStage<HttpResponse> forbidden(GrpcCall call, String what) {
        return CompletableFuture.completedFuture(
                call.refused(
                        Status.Code.PERMISSION_DENIED, "this token may not " + what + " blobs"));
    }
}
