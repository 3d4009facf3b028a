package org.elohim.node.grpc;

import akka.http.javadsl.model.HttpResponse;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import io.grpc.Status;

import org.elohim.cluster.sync.Intake;
import org.elohim.node.materialiser.Contents;
import org.elohim.node.materialiser.Expected;
import org.elohim.node.materialiser.Reading;
import org.elohim.node.materialiser.Refusal;
import org.elohim.node.materialiser.Tag;
import org.elohim.node.materialiser.Writing;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.node.wire.GetDocumentRequest;
import org.elohim.protocol.node.wire.GetDocumentResponse;
import org.elohim.protocol.node.wire.PutDocumentRequest;
import org.elohim.protocol.node.wire.PutDocumentResponse;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/// What documents say, as JSON: the same as `/documents/{id}`.
final class DocumentCalls {
    private static final String OBSERVER =
            "this node is an observer of its family, and what is changed here would reach nobody"
                    + " else; ask a full node of the family for it";

    // As over HTTP: each may be as long as a document.
    private static final int BODIES_MAX = 16;

    private final Semaphore bodies = new Semaphore(BODIES_MAX);
    private final Contents contents;
    private final Intake intake;
    private final boolean readOnly;

    /// @param readOnly whether nothing is taken, since this node is an observer
    DocumentCalls(Contents contents, Intake intake, boolean readOnly) {
        this.contents = contents;
        this.intake = intake;
        this.readOnly = readOnly;
    }

    CompletionStage<HttpResponse> get(GrpcCall call) {
        return call.single(
                Messages.of(GetDocumentRequest.parser()),
                Messages.of(GetDocumentResponse.parser()),
                asked -> {
                    DocumentId id = id(asked.getDocument());
                    return contents.read(id, call.granted(), Set.of())
                            .thenApply(reading -> answer(id, reading));
                });
    }

    private static GetDocumentResponse answer(DocumentId id, Reading reading) {
        return switch (reading) {
            case Reading.Shown shown ->
                    GetDocumentResponse.newBuilder()
                            .setDocument(id.toString())
                            .setJsonBytes(bytes(shown.json()))
                            .addAllHeads(bytes(shown.heads()))
                            .addAllLeftOut(bytes(shown.leftOut()))
                            .setEtag(shown.tag().text())
                            .build();
            case Reading.Unchanged(var _) ->
                    throw new IllegalStateException("nothing was known before");
            case Reading.Refused(var refusal) -> throw refused(refusal);
        };
    }

    CompletionStage<HttpResponse> put(GrpcCall call) {
        if (readOnly) {
            return CompletableFuture.completedFuture(
                    call.refused(Status.Code.FAILED_PRECONDITION, OBSERVER));
        }
        if (!bodies.tryAcquire()) {
            return CompletableFuture.completedFuture(
                    call.refused(
                            Status.Code.UNAVAILABLE,
                            "the node takes %d documents from others already; send it again"
                                    .formatted(BODIES_MAX)));
        }
        return call.single(
                        Messages.of(PutDocumentRequest.parser()),
                        Messages.of(PutDocumentResponse.parser()),
                        asked -> put(call, asked))
                .whenComplete((_, _) -> bodies.release());
    }

    private CompletionStage<PutDocumentResponse> put(GrpcCall call, PutDocumentRequest asked) {
        DocumentId id = id(asked.getDocument());
        Expected expected =
                switch (asked.getEtag()) {
                    case "" -> new Expected.Nothing();
                    case "*" -> new Expected.Anything();
                    default -> new Expected.OneOf(Set.of(new Tag(asked.getEtag())));
                };
        Optional<String> refusal = intake.begin();
        if (refusal.isPresent()) {
            throw new Refused(Status.Code.UNAVAILABLE, refusal.get());
        }
        CompletionStage<Writing> written;
        try {
            written =
                    contents.write(
                            id,
                            call.granted(),
                            Bytes.copyOf(asked.getJsonBytes().toByteArray()),
                            expected);
        } catch (RuntimeException bug) {
            intake.end();
            throw bug;
        }
        return written.whenComplete((_, _) -> intake.end())
                .thenApply(writing -> answer(id, writing));
    }

    private static PutDocumentResponse answer(DocumentId id, Writing writing) {
        return switch (writing) {
            case Writing.Stored stored ->
                    PutDocumentResponse.newBuilder()
                            .setDocument(id.toString())
                            .addAllHeads(bytes(stored.heads()))
                            .setChanges(stored.changes())
                            .setEtag(stored.tag().text())
                            .build();
            case Writing.Refused(var refusal) -> throw refused(refusal);
        };
    }

    private static DocumentId id(String text) {
        try {
            return DocumentId.parse(text);
        } catch (IllegalArgumentException notAnId) {
            throw new Refused(Status.Code.INVALID_ARGUMENT, String.valueOf(notAnId.getMessage()));
        }
    }

    private static List<ByteString> bytes(List<ContentHash> hashes) {
        return hashes.stream().map(hash -> bytes(hash.bytes())).toList();
    }

    private static ByteString bytes(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.asReadOnlyBuffer());
    }

    private static Refused refused(Refusal refusal) {
        return new Refused(
                switch (refusal.kind()) {
                    case ABSENT -> Status.Code.NOT_FOUND;
                    case DELETED, SEALED, NOT_TAKEN -> Status.Code.FAILED_PRECONDITION;
                    case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
                    case TOO_LARGE -> Status.Code.RESOURCE_EXHAUSTED;
                    case MALFORMED -> Status.Code.INVALID_ARGUMENT;
                    case CHANGED -> Status.Code.ABORTED;
                    case BUSY, NOT_WRITTEN -> Status.Code.UNAVAILABLE;
                    case UNREADABLE -> Status.Code.DATA_LOSS;
                    case UNFIT -> Status.Code.UNIMPLEMENTED;
                },
                refusal.words());
    }
}
