package org.elohim.cluster.ledger;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.ledger.LedgerEntry;
import org.elohim.protocol.ledger.Reconciliation;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/// What [LedgerKeeper] wants of the tokens and of the ledger's document.
///
/// Invariants: each answer comes after the fsync, and none after a minute: then everything is
/// compared anew.
final class LedgerErrands {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

    private final ActorRef<Tokens.Command> tokens;
    private final ActorRef<Documents.Command> documents;
    private final Scheduler scheduler;

    LedgerErrands(
            ActorRef<Tokens.Command> tokens,
            ActorRef<Documents.Command> documents,
            Scheduler scheduler) {
        this.tokens = tokens;
        this.documents = documents;
        this.scheduler = scheduler;
    }

    CompletionStage<Tokens.Known> known() {
        return AskPattern.ask(tokens, Tokens.Command.Know::new, ANSWER_WITHIN, scheduler);
    }

    static Reconciliation.Known comparable(Tokens.Known known) {
        return new Reconciliation.Known(
                known.inForce().values().stream()
                        .collect(
                                Collectors.toMap(
                                        Token::hash,
                                        each ->
                                                new LedgerEntry.TokenIssued(
                                                        each.hash(),
                                                        each.label(),
                                                        each.scopes(),
                                                        each.issuedAt().toEpochMilli()))),
                known.revoked().entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        each -> each.getValue().toEpochMilli())));
    }

    /// Takes over what others have issued and revoked.
    CompletionStage<?> learn(Reconciliation due) {
        if (due.toIssue().isEmpty() && due.toRevoke().isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        List<Token> issued =
                due.toIssue().stream()
                        .map(
                                each ->
                                        new Token(
                                                each.hash(),
                                                each.label(),
                                                each.scopes(),
                                                Instant.ofEpochMilli(each.atMillis())))
                        .toList();
        Map<ContentHash, Instant> revoked =
                due.toRevoke().stream()
                        .collect(
                                Collectors.toMap(
                                        LedgerEntry.TokenRevoked::hash,
                                        each -> Instant.ofEpochMilli(each.atMillis())));
        return AskPattern.<Tokens.Command, Tokens.Known>askWithStatus(
                tokens,
                to -> new Tokens.Command.Learn(issued, revoked, to),
                ANSWER_WITHIN,
                scheduler);
    }

    /// Adds to the document. A revocation goes out before everything that waits for the others.
    CompletionStage<?> write(List<SealedChange> changes) {
        if (changes.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        List<ContentHash> hashes = changes.stream().map(SealedChange::hash).toList();
        var batch = new Document.Batch(0, hashes, List.copyOf(changes));
        CompletionStage<List<Input.Taken>> taken =
                AskPattern.<Documents.Command, List<Input.Taken>>askWithStatus(
                        documents,
                        to ->
                                new Documents.Command.Tell(
                                        DocumentId.LEDGER,
                                        new Document.Command.Accept(
                                                List.of(batch),
                                                Lane.LOCAL,
                                                Entry.RELAY,
                                                null,
                                                Ruling.NONE,
                                                to)),
                        ANSWER_WITHIN,
                        scheduler);
        return taken.thenAccept(
                answers -> {
                    for (Input.Taken answer : answers) {
                        if (!answer.durable().containsAll(hashes)) {
                            throw new IllegalStateException("refused: " + answer.refused());
                        }
                    }
                });
    }
}
