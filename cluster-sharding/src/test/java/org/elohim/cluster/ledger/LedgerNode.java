package org.elohim.cluster.ledger;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Tokens and ledger of one node, on a real journal; what siblings bring is brought by the test.
final class LedgerNode implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final NodeKey key;
    final JournalSystem journal;
    final ActorRef<Tokens.Command> tokens;
    final ActorRef<Documents.Command> documents;
    final ActorRef<LedgerKeeper.Command> keeper;
    private final TestProbe<Object> probe;

    LedgerNode(Path directory, NodeKey key) {
        this.key = key;
        journal = new JournalSystem(directory);
        LocalJournal local = LocalJournal.get(journal.actors);
        tokens = journal.spawn(Tokens.create(key.id(), () -> NOW, local::takesWrites));
        documents =
                journal.spawn(
                        Documents.create(
                                CostLimits.DEFAULT,
                                () -> NOW,
                                Documents.AWAKE_MAX,
                                local::takesWrites,
                                _ -> {}));
        keeper =
                journal.spawn(
                        LedgerKeeper.create(key, tokens, documents, local.reader(), () -> NOW));
        local.onCommit(LedgerKeeper.hearing(keeper));
        probe = TestProbe.create(journal.actors);
    }

    Token issue(int number) {
        return journal.<Tokens.Command, Token>askWithStatus(
                        tokens,
                        to ->
                                new Tokens.Command.Issue(
                                        hash(number),
                                        "phone " + number,
                                        List.of(Scope.parse("write:reach:local")),
                                        to))
                .join();
    }

    void revoke(int number) {
        String id = hash(number).bytes().slice(0, 6).toHex();
        journal.<Tokens.Command, Token>askWithStatus(
                        tokens, to -> new Tokens.Command.Revoke(id, to))
                .join();
    }

    static ContentHash hash(int number) {
        return new ContentHash(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    Tokens.Known known() {
        return journal.ask(tokens, Tokens.Command.Know::new).join();
    }

    LedgerKeeper.All all() {
        return journal.ask(keeper, LedgerKeeper.Command.Tell::new).join();
    }

    LedgerKeeper.ToldAll toldAll() {
        return journal.ask(keeper, LedgerKeeper.Command.HasToldAll::new).join();
    }

    /// What lies in the journal.
    List<Change> changes() {
        var changes = new ArrayList<Change>();
        LocalJournal.get(journal.actors)
                .reader()
                .after(0, 10_000)
                .toCompletableFuture()
                .join()
                .entries()
                .forEach(committed -> changes.addAll(changes(committed)));
        return changes;
    }

    private static List<Change> changes(Committed committed) {
        return committed.event() instanceof Document.Event.ChangesAccepted accepted
                        && accepted.document().isLedger()
                ? accepted.changes().stream().map(Change::stored).toList()
                : List.of();
    }

    /// As a session with that node would.
    void take(NodeId from, List<Change> changes) {
        keeper.tell(new LedgerKeeper.Command.MetNode(from));
        if (changes.isEmpty()) {
            return;
        }
        var batch = new Document.Batch(1, changes.stream().map(Change::hash).toList(), changes);
        List<Input.Taken> taken =
                journal.<Documents.Command, List<Input.Taken>>askWithStatus(
                                documents,
                                to ->
                                        new Documents.Command.Tell(
                                                DocumentId.LEDGER,
                                                new Document.Command.Accept(
                                                        List.of(batch),
                                                        Lane.NEW,
                                                        Entry.RELAY,
                                                        from,
                                                        Ruling.NONE,
                                                        to)))
                        .join();
        if (taken.getFirst().durable().size() != changes.size()) {
            throw new AssertionError("not taken: " + taken);
        }
    }

    /// Each gets what the other has.
    static void meet(LedgerNode one, LedgerNode other) {
        one.take(other.key.id(), other.changes());
        other.take(one.key.id(), one.changes());
    }

    StatusReply<Document.Description> ask(
            Function<ActorRef<StatusReply<Document.Description>>, Document.Command> question) {
        return journal.<Documents.Command, StatusReply<Document.Description>>ask(
                        documents,
                        to -> new Documents.Command.Tell(DocumentId.LEDGER, question.apply(to)))
                .join();
    }

    void lead(long term) {
        keeper.tell(new LedgerKeeper.Command.Act(Optional.of(new Term(term, key.id()))));
    }

    void awaitInForce(Integer... tokens) {
        Set<ContentHash> expected =
                Arrays.stream(tokens).map(LedgerNode::hash).collect(Collectors.toSet());
        await(
                () -> known().inForce().keySet().equals(expected),
                () -> "in force: " + known().inForce().keySet());
    }

    void awaitDevice(Predicate<Ledger.Device> condition) {
        await(() -> all().devices().stream().anyMatch(condition), () -> "devices: " + all());
    }

    void await(BooleanSupplier condition, Supplier<String> told) {
        probe.awaitAssert(
                PATIENCE,
                () -> {
                    if (!condition.getAsBoolean()) {
                        throw new AssertionError(told.get());
                    }
                    return true;
                });
    }

    @Override
    public void close() {
        journal.close();
    }
}
