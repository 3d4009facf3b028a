package org.elohim.cluster.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.Done;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.ledger.LedgerChange;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class LedgerKeeperTest {
    private static final NodeKey ATTIC = key(1);
    private static final NodeKey CELLAR = key(2);
    private static final NodeId PHONE = key(3).id();

    @TempDir Path directory;

    private static NodeKey key(int number) {
        return NodeKey.ofSeed(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    private LedgerNode node(String name, NodeKey key) throws IOException {
        return new LedgerNode(Files.createDirectories(directory.resolve(name)), key);
    }

    @Test
    @DisplayName("R-03: a token holds on every node, and its revocation wherever it is made")
    void aTokenHoldsOnEveryNodeUntilItIsRevokedAnywhere() throws Exception {
        try (var attic = node("attic", ATTIC);
                var cellar = node("cellar", CELLAR)) {
            // Both alone before.
            var phone = attic.issue(1);
            cellar.issue(2);
            awaitWritten(attic, 1);
            awaitWritten(cellar, 1);
            LedgerNode.meet(attic, cellar);
            attic.awaitInForce(1, 2);
            cellar.awaitInForce(1, 2);
            assertEquals(phone, cellar.known().inForce().get(phone.hash()));

            cellar.revoke(1);
            awaitRevoked(cellar, CELLAR, 1);
            LedgerNode.meet(attic, cellar);
            attic.awaitInForce(2);

            attic.revoke(2);
            cellar.issue(3);
            awaitRevoked(attic, ATTIC, 2);
            awaitIssued(cellar, CELLAR, 3);
            LedgerNode.meet(attic, cellar);
            attic.awaitInForce(3);
            cellar.awaitInForce(3);
        }
    }

    @Test
    @DisplayName(
            "R-07: who makes or revokes a token on a full disk is told at once; all others go on")
    void aFullDiskRefusesTokensAndKeepsThoseThatThereAre() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            attic.issue(1);
            awaitWritten(attic, 1);
            attic.journal.fill();
            for (Executable refused :
                    List.<Executable>of(() -> attic.issue(2), () -> attic.revoke(1))) {
                assertInstanceOf(
                        NotWritten.class,
                        assertThrows(CompletionException.class, refused).getCause());
            }
            attic.awaitInForce(1);
            attic.journal.free();
            attic.issue(2);
            attic.revoke(1);
            awaitIssued(attic, ATTIC, 2);
            awaitRevoked(attic, ATTIC, 1);
            attic.awaitInForce(2);
        }
    }

    /// How many changes of the ledger there are at least.
    private static void awaitWritten(LedgerNode node, int changes) {
        node.await(() -> node.changes().size() >= changes, () -> "" + node.changes().size());
    }

    // What is written at one time is one change: their number tells nothing.
    private static void awaitIssued(LedgerNode node, NodeKey key, int token) {
        node.await(
                () -> ledger(node, key).issued(LedgerNode.hash(token)).isPresent(),
                () -> "no token " + token);
    }

    private static void awaitRevoked(LedgerNode node, NodeKey key, int token) {
        node.await(
                () -> ledger(node, key).isRevoked(LedgerNode.hash(token)),
                () -> "not revoked: " + token);
    }

    /// A kill leaves some beginning of the journal.
    @Test
    @DisplayName("R-03: killed between any two writes, a node's tokens and ledger agree again")
    void killedBetweenAnyTwoWritesBothAgreeAgain() throws Exception {
        List<Change> ofCellar;
        try (var cellar = node("cellar", CELLAR)) {
            cellar.issue(7);
            cellar.issue(8);
            cellar.revoke(8);
            cellar.take(ATTIC.id(), List.of());
            cellar.await(
                    () -> ledger(cellar, CELLAR).isRevoked(LedgerNode.hash(8)), () -> "written");
            awaitSettled(cellar, CELLAR);
            ofCellar = cellar.changes();
        }
        try (var attic = node("attic", ATTIC)) {
            attic.issue(1);
            attic.issue(2);
            attic.revoke(1);
            attic.take(CELLAR.id(), ofCellar);
            attic.awaitInForce(2, 7);
            awaitSettled(attic, ATTIC);
        }
        long events = count(directory.resolve("attic"));
        assertTrue(events >= 9, "events=" + events);
        for (long kept = 0; kept <= events; kept++) {
            Path copy = directory.resolve("killed" + kept);
            copyBeginning(directory.resolve("attic"), copy, kept);
            try (var attic = new LedgerNode(copy, ATTIC)) {
                Set<ContentHash> revoked = attic.known().revoked().keySet();
                Set<ContentHash> inForce = attic.known().inForce().keySet();
                awaitSettled(attic, ATTIC);
                assertTrue(attic.known().revoked().keySet().containsAll(revoked), "" + kept);
                inForce.stream()
                        .filter(token -> !attic.known().inForce().containsKey(token))
                        .forEach(
                                token ->
                                        assertTrue(
                                                attic.known().revoked().containsKey(token),
                                                "lost " + token));
                // And with what the other still has.
                attic.take(CELLAR.id(), ofCellar);
                attic.await(
                        () -> attic.known().inForce().containsKey(LedgerNode.hash(7)),
                        () -> "after a kill at " + events);
                assertFalse(attic.known().inForce().containsKey(LedgerNode.hash(8)));
            }
        }
    }

    private static void awaitSettled(LedgerNode node, NodeKey key) {
        node.await(
                () -> {
                    Ledger ledger = ledger(node, key);
                    Tokens.Known known = node.known();
                    return ledger.state().issued().keySet().equals(known.inForce().keySet())
                            && ledger.state().revoked().keySet().equals(known.revoked().keySet());
                },
                () -> ledger(node, key).state() + " and " + node.known());
    }

    private static Ledger ledger(LedgerNode node, NodeKey key) {
        var ledger = new Ledger(key.id());
        node.changes().forEach(change -> ledger.add(LedgerChange.read(change.bytes())));
        return ledger;
    }

    private static long count(Path data) throws SQLException {
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"));
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT MAX(\"ordering\") FROM event_journal")) {
            return row.getLong(1);
        }
    }

    private static void copyBeginning(Path from, Path to, long events)
            throws IOException, SQLException {
        Files.createDirectory(to);
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + to.resolve("journal.db"));
                var statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM event_journal WHERE \"ordering\" > " + events);
        }
    }

    /// As it was before there was a ledger.
    @Test
    void tokensFromBeforeTheLedgerAreWrittenIntoIt() throws Exception {
        Path data = Files.createDirectory(directory.resolve("old"));
        try (var attic = new LedgerNode(data, ATTIC)) {
            attic.issue(1);
            attic.issue(2);
            attic.revoke(2);
        }
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"));
                var statement = connection.createStatement()) {
            statement.executeUpdate(
                    "DELETE FROM event_journal WHERE persistence_id NOT LIKE 'Tokens|%'");
            statement.execute("PRAGMA user_version = 5");
        }
        try (var attic = new LedgerNode(data, ATTIC)) {
            awaitSettled(attic, ATTIC);
            assertEquals(Set.of(LedgerNode.hash(1)), attic.known().inForce().keySet());
            assertTrue(ledger(attic, ATTIC).isRevoked(LedgerNode.hash(2)));
        }
    }

    @Test
    @DisplayName(
            "R-15: a device is registered once, by the leader, also after leaders that were apart")
    void aDeviceIsRegisteredOnceByTheLeader() throws Exception {
        try (var attic = node("attic", ATTIC);
                var cellar = node("cellar", CELLAR)) {
            attic.issue(1);
            attic.keeper.tell(new LedgerKeeper.Command.MetDevice(PHONE, LedgerNode.hash(1)));
            attic.keeper.tell(new LedgerKeeper.Command.MetDevice(PHONE, LedgerNode.hash(1)));
            attic.awaitDevice(device -> device.id().equals(PHONE));
            Ledger.Device seen = attic.all().devices().getFirst();
            assertEquals("phone 1", seen.label());
            assertEquals(Optional.of(LedgerNode.hash(1)), seen.token());
            assertEquals(Optional.of(ATTIC.id()), seen.by());
            assertEquals(Optional.empty(), seen.registration());
            assertEquals(Map.of(PHONE, LedgerNode.NOW), attic.all().lastSeen());

            LedgerNode.meet(attic, cellar);
            cellar.awaitDevice(device -> device.registration().isEmpty());
            attic.lead(4);
            attic.awaitDevice(device -> isRegistered(device, 4, ATTIC));
            cellar.lead(5);
            cellar.awaitDevice(device -> isRegistered(device, 5, CELLAR));

            LedgerNode.meet(attic, cellar);
            attic.awaitDevice(device -> isRegistered(device, 5, CELLAR));
            cellar.awaitDevice(device -> isRegistered(device, 5, CELLAR));
            assertEquals(1, attic.all().devices().size());
            assertEquals(2, attic.all().nodes());
            assertEquals(0, attic.all().ignored());
        }
    }

    private static boolean isRegistered(Ledger.Device device, long term, NodeKey leader) {
        return device.registration()
                .map(Ledger.Registration::term)
                .equals(Optional.of(new Term(term, leader.id())));
    }

    @Test
    void whoIsNotTheLeaderOfATermWritesNothingInIt() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            attic.keeper.tell(new LedgerKeeper.Command.Act(Optional.of(new Term(4, CELLAR.id()))));
            attic.keeper.tell(new LedgerKeeper.Command.MetDevice(PHONE, LedgerNode.hash(1)));
            attic.awaitDevice(device -> device.id().equals(PHONE));
            attic.issue(1);
            awaitSettled(attic, ATTIC);
            assertEquals(Optional.empty(), attic.all().devices().getFirst().registration());
        }
    }

    /// It may be a word that a person has chosen, to be guessed by whoever has its hash.
    @Test
    void theOperatorsTokenIsNotTold() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            attic.keeper.tell(new LedgerKeeper.Command.MetDevice(PHONE, LedgerNode.hash(9)));
            attic.awaitDevice(device -> device.token().isEmpty());
            for (Change change : attic.changes()) {
                assertFalse(change.bytes().toHex().contains(LedgerNode.hash(9).toString()));
            }
        }
    }

    @Test
    void oneTokenRegistersOnlySoManyDevices() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            attic.issue(1);
            attic.issue(2);
            for (int i = 0; i < Arrivals.DEVICES_PER_TOKEN_MAX + 5; i++) {
                attic.keeper.tell(
                        new LedgerKeeper.Command.MetDevice(device(i), LedgerNode.hash(1)));
            }
            NodeId last = device(1_000);
            attic.keeper.tell(new LedgerKeeper.Command.MetDevice(last, LedgerNode.hash(2)));
            attic.awaitDevice(device -> device.id().equals(last));
            assertEquals(Arrivals.DEVICES_PER_TOKEN_MAX + 1, attic.all().devices().size());
        }
    }

    private static NodeId device(int number) {
        return new NodeId(Bytes.parseHex("%064x".formatted(number)));
    }

    @Test
    void whereTheLedgerIsDamagedNobodyIsToldThatAllWasSaid() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            attic.issue(1);
            attic.await(() -> attic.toldAll() == LedgerKeeper.ToldAll.YES, () -> "not told");
        }
        try (var journal =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("attic/journal.db"));
                var statement = journal.createStatement()) {
            statement.executeUpdate(
                    "UPDATE event_journal SET event_payload = x'ff' WHERE persistence_id = '"
                            + Document.persistenceId(DocumentId.LEDGER).id()
                            + "'");
        }
        try (var attic = node("attic", ATTIC)) {
            attic.await(
                    () -> attic.toldAll() == LedgerKeeper.ToldAll.NEVER,
                    () -> "told: " + attic.toldAll());
        }
    }

    @Test
    @DisplayName("R-17: nobody deletes the ledger, rules on it or restores it")
    void nobodyDeletesTheLedgerOrRulesOnIt() throws Exception {
        try (var attic = node("attic", ATTIC)) {
            var higher = new Ruling(7, Reach.COMMONS, CELLAR.id());
            // Also before there is one.
            attic.ask(to -> new Document.Command.TakeLife(1, Entry.RELAY, higher, to));
            attic.ask(to -> new Document.Command.TakeRuling(higher, CELLAR.id(), to));
            attic.issue(1);
            awaitSettled(attic, ATTIC);

            assertTrue(attic.ask(Document.Command.Delete::new).isError());
            assertTrue(attic.ask(Document.Command.Restore::new).isError());
            assertTrue(
                    attic.ask(to -> new Document.Command.ChangeReach(Reach.COMMONS, to)).isError());
            attic.ask(to -> new Document.Command.TakeLife(3, Entry.RELAY, higher, to));
            attic.ask(to -> new Document.Command.TakeRuling(higher, CELLAR.id(), to));
            attic.issue(2);
            awaitSettled(attic, ATTIC);

            var now = attic.ask(Document.Command.Describe::new).getValue();
            assertFalse(now.deleted());
            assertEquals(Reach.PRIVATE, now.reach());
            assertEquals(2, ledger(attic, ATTIC).state().issued().size());
        }
    }

    @Test
    @DisplayName("CLUS-18: whoever was switched off hears that another node has gone for good")
    void whoHasGoneForGoodIsToldToNodesThatWereAwayAndIsBackOnceItIsMetAgain() throws Exception {
        NodeId shed = key(5).id();
        NodeId barn = key(6).id();
        try (var attic = node("attic", ATTIC);
                var cellar = node("cellar", CELLAR)) {
            BlockingQueue<NodeId> atAttic = hearing(attic);
            attic.take(shed, List.of());
            cellar.take(shed, List.of());
            attic.take(CELLAR.id(), List.of());
            attic.await(() -> attic.all().nodes() == 3, () -> "" + attic.all());

            part(attic, shed);
            assertEquals(shed, atAttic.poll(20, TimeUnit.SECONDS));
            part(attic, shed);
            LedgerNode.meet(attic, cellar);
            cellar.await(() -> ledger(cellar, CELLAR).isGone(shed), () -> "gone");
        }
        try (var cellar = node("cellar", CELLAR)) {
            BlockingQueue<NodeId> atCellar = hearing(cellar);
            assertEquals(shed, atCellar.poll(20, TimeUnit.SECONDS), "also after a start");
            cellar.take(shed, List.of());
            cellar.await(() -> !ledger(cellar, CELLAR).isGone(shed), () -> "back");
            assertTrue(ledger(cellar, CELLAR).counts(shed));
        }
        try (var cellar = node("cellar", CELLAR)) {
            BlockingQueue<NodeId> atCellar = hearing(cellar);
            part(cellar, barn);
            assertEquals(barn, atCellar.poll(20, TimeUnit.SECONDS), "and not of who is back");
        }
    }

    private static BlockingQueue<NodeId> hearing(LedgerNode node) {
        BlockingQueue<NodeId> heard = new LinkedBlockingQueue<>();
        node.keeper.tell(
                new LedgerKeeper.Command.OnGone(
                        new Lives() {
                            @Override
                            public void gone(NodeId gone) {
                                heard.add(gone);
                            }

                            @Override
                            public void back(NodeId back) {}
                        }));
        return heard;
    }

    /// Returns once it is written.
    private static void part(LedgerNode node, NodeId gone) {
        var _ =
                node.journal
                        .<LedgerKeeper.Command, Done>ask(
                                node.keeper, to -> new LedgerKeeper.Command.Part(gone, to))
                        .join();
        assertTrue(ledger(node, node.key).isGone(gone));
    }

    /// What devices have written there at a node of an older version, and brought here.
    @Test
    void whatNoNodeHasWrittenIsPassedOverAndCounted() throws Exception {
        try (var attic = node("attic", ATTIC);
                var forger = node("forger", key(4))) {
            forger.issue(1);
            awaitWritten(forger, 1);
            attic.take(CELLAR.id(), forger.changes());
            attic.await(() -> attic.all().ignored() == 1, () -> "" + attic.all());
            attic.issue(2);
            awaitSettled(attic, ATTIC);
            assertEquals(Set.of(LedgerNode.hash(2)), attic.known().inForce().keySet());
        }
    }

    @Test
    void whatAnotherNodeHasRevokedIsRememberedFromItsTimeOn() throws Exception {
        try (var attic = node("attic", ATTIC);
                var cellar = node("cellar", CELLAR)) {
            cellar.issue(1);
            cellar.revoke(1);
            awaitSettled(cellar, CELLAR);
            LedgerNode.meet(attic, cellar);
            attic.await(
                    () -> attic.known().revoked().containsKey(LedgerNode.hash(1)), () -> "revoked");
            Instant at = attic.known().revoked().get(LedgerNode.hash(1));
            assertEquals(LedgerNode.NOW, at);
        }
    }
}
