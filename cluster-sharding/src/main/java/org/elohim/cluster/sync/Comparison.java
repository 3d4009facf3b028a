package org.elohim.cluster.sync;

import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.SyncMessage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A page of a peer's digests beside what is here.
///
/// Invariants: what is newer there is taken over before it is compared; what is deleted on one side
/// is not asked of it, or for it.
final class Comparison {
    private final DocumentIndex index;
    private final Taking taking;

    /// Takes over what a digest tells, or nothing of it; answered with the document after that.
    interface Taking {
        CompletionStage<StatusReply<Document.Description>> life(SyncMessage.Digest theirs);

        CompletionStage<StatusReply<Document.Description>> ruling(SyncMessage.Digest theirs);

        CompletionStage<StatusReply<Document.Description>> nothing(SyncMessage.Digest theirs);
    }

    Comparison(DocumentIndex index, Taking taking) {
        this.index = index;
        this.taking = taking;
    }

    CompletionStage<List<Input.Differing>> differing(Output.CompareDigests compare) {
        CompletionStage<List<Input.Differing>> all =
                CompletableFuture.completedFuture(new ArrayList<>());
        for (SyncMessage.Digest theirs : compare.digests()) {
            all =
                    all.thenCombine(
                            differing(asFarAsItCounts(theirs)),
                            (found, one) -> {
                                one.ifPresent(found::add);
                                return found;
                            });
        }
        List<Input.Differing> told =
                compare.toTell().stream()
                        .filter(this::differsOrLivedOn)
                        .map(theirs -> new Input.Differing(theirs.document(), List.of()))
                        .toList();
        return all.thenApply(
                found -> {
                    found.addAll(told);
                    return found;
                });
    }

    // Nobody rules on the ledger or ends it, so there is nothing but its changes to be told.
    private static SyncMessage.Digest asFarAsItCounts(SyncMessage.Digest theirs) {
        return theirs.document().isLedger()
                ? new SyncMessage.Digest(theirs.document(), theirs.heads(), 0, Ruling.NONE)
                : theirs;
    }

    private CompletionStage<Optional<Input.Differing>> differing(SyncMessage.Digest theirs) {
        Optional<DocumentIndex.Entry> ours = index.find(theirs.document());
        boolean lived = theirs.life() > ours.map(DocumentIndex.Entry::life).orElse(0L);
        boolean ruled =
                theirs.ruling().compareTo(ours.map(DocumentIndex.Entry::ruling).orElse(Ruling.NONE))
                        > 0;
        if (lived && ruled) {
            return taking.ruling(theirs)
                    .thenCompose(_ -> taking.life(theirs))
                    .thenApply(now -> lacking(theirs, now));
        }
        if (lived || ruled) {
            return (lived ? taking.life(theirs) : taking.ruling(theirs))
                    .thenApply(now -> lacking(theirs, now));
        }
        if (ours.isEmpty()) {
            return completed(Optional.of(new Input.Differing(theirs.document(), List.of())));
        }
        return differ(theirs, ours.get())
                ? taking.nothing(theirs).thenApply(now -> lacking(theirs, now))
                : completed(Optional.empty());
    }

    private static CompletionStage<Optional<Input.Differing>> completed(
            Optional<Input.Differing> differing) {
        return CompletableFuture.completedFuture(differing);
    }

    // What cannot be read here cannot be completed either.
    private static Optional<Input.Differing> lacking(
            SyncMessage.Digest theirs, StatusReply<Document.Description> now) {
        if (theirs.isDeleted() || now.isError() || now.getValue().deleted()) {
            return Optional.empty();
        }
        List<ContentHash> heads = now.getValue().heads();
        DocumentId document = theirs.document();
        return ChangeGraph.digest(heads).equals(theirs.heads())
                ? Optional.empty()
                : Optional.of(new Input.Differing(document, heads));
    }

    private boolean differsOrLivedOn(SyncMessage.Digest theirs) {
        Optional<DocumentIndex.Entry> ours = index.find(theirs.document());
        return ours.isEmpty() || theirs.life() > ours.get().life() || differ(theirs, ours.get());
    }

    private static boolean differ(SyncMessage.Digest theirs, DocumentIndex.Entry ours) {
        return !theirs.isDeleted() && !ours.deleted() && !ours.headsDigest().equals(theirs.heads());
    }
}
