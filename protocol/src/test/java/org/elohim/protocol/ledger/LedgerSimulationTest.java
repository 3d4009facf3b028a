package org.elohim.protocol.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.LedgerEntry.TokenIssued;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Nodes that issue and revoke tokens while they are apart, die between any two writes, and are
/// restored from backups.
class LedgerSimulationTest {
    private static final long SEED = 20_261_128;
    private static final int RUNS = 2_000;
    private static final int NODES = 3;
    private static final int STEPS = 60;

    @Test
    @DisplayName(
            "R-03: whatever was cut off, killed or restored, all nodes end with the same tokens")
    void allNodesEndWithTheSameTokensAndNoneThatWasRevoked() {
        int revoked = 0;
        for (int run = 0; run < RUNS; run++) {
            revoked += new Family(SEED + run).play();
        }
        assertTrue(revoked > RUNS, "the runs revoke: " + revoked);
    }

    /// All that survives a kill.
    private static final class Disk {
        final List<LedgerChange> document = new ArrayList<>();
        final Map<ContentHash, TokenIssued> issued = new HashMap<>();
        final Map<ContentHash, Long> revoked = new HashMap<>();

        Disk copy() {
            var copy = new Disk();
            copy.document.addAll(document);
            copy.issued.putAll(issued);
            copy.revoked.putAll(revoked);
            return copy;
        }
    }

    private static final class Node {
        final NodeId id;
        Disk disk = new Disk();
        Disk backup = new Disk();
        // Forgotten with the process.
        final Set<NodeId> met = new LinkedHashSet<>();

        Node(NodeId id) {
            this.id = id;
        }

        Ledger ledger() {
            var ledger = new Ledger(id);
            disk.document.forEach(ledger::add);
            return ledger;
        }

        Reconciliation.Known known() {
            return new Reconciliation.Known(disk.issued, disk.revoked);
        }

        void take(LedgerChange change) {
            if (disk.document.stream().noneMatch(here -> here.hash().equals(change.hash()))) {
                disk.document.add(change);
            }
        }

        void write(List<LedgerEntry> entries) {
            long seq =
                    1
                            + disk.document.stream()
                                    .filter(change -> change.author().equals(id))
                                    .mapToLong(LedgerChange::seq)
                                    .max()
                                    .orElse(0);
            take(Entries.change(id, seq, entries.toArray(new LedgerEntry[0])));
        }

        void revoke(ContentHash token) {
            disk.issued.remove(token);
            disk.revoked.putIfAbsent(token, 1L);
        }

        /// One write of those that are due; says whether there was any.
        boolean settle(Random random) {
            Ledger ledger = ledger();
            var due = Reconciliation.of(ledger, known());
            List<LedgerEntry> toWrite = new ArrayList<>(due.toWrite());
            met.stream()
                    .filter(node -> !ledger.counts(node))
                    .map(LedgerEntry.NodeMet::new)
                    .forEach(toWrite::add);
            boolean learns = !due.toIssue().isEmpty() || !due.toRevoke().isEmpty();
            if (!toWrite.isEmpty() && (!learns || random.nextBoolean())) {
                write(toWrite.subList(0, 1 + random.nextInt(toWrite.size())));
                return true;
            }
            due.toIssue().forEach(each -> disk.issued.put(each.hash(), each));
            due.toRevoke().forEach(each -> revoke(each.hash()));
            return learns;
        }
    }

    private static final class Family {
        private final long seed;
        private final Random random;
        private final List<Node> nodes = new ArrayList<>();
        private int tokens;

        Family(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            for (int i = 1; i <= NODES; i++) {
                nodes.add(new Node(Entries.id(i)));
            }
        }

        int play() {
            for (int step = 0; step < STEPS; step++) {
                step(nodes.get(random.nextInt(NODES)));
            }
            Set<ContentHash> issued = new HashSet<>();
            Set<ContentHash> revoked = new HashSet<>();
            for (Node node : nodes) {
                issued.addAll(node.disk.issued.keySet());
                revoked.addAll(node.disk.revoked.keySet());
                node.disk.document.forEach(change -> said(change, issued, revoked));
            }
            comeTogether();
            issued.removeAll(revoked);
            for (Node node : nodes) {
                assertEquals(issued, node.disk.issued.keySet(), "in force, seed " + seed);
                assertEquals(revoked, node.disk.revoked.keySet(), "revoked, seed " + seed);
                assertEquals(nodes.getFirst().disk.issued, node.disk.issued, "seed " + seed);
                assertEquals(nodes.getFirst().ledger().state(), node.ledger().state());
                assertEquals(0, node.ledger().ignored(), "seed " + seed);
            }
            return revoked.size();
        }

        private static void said(
                LedgerChange change, Set<ContentHash> issued, Set<ContentHash> revoked) {
            for (LedgerEntry entry : ((LedgerChange.Said.Entries) change.said()).entries()) {
                if (entry instanceof TokenIssued each) {
                    issued.add(each.hash());
                } else if (entry instanceof LedgerEntry.TokenRevoked(var hash, long _)) {
                    revoked.add(hash);
                }
            }
        }

        private void step(Node node) {
            switch (random.nextInt(12)) {
                case 0, 1 -> {
                    var token = Entries.issued(++tokens);
                    node.disk.issued.put(token.hash(), token);
                }
                case 2 ->
                        node.disk.issued.keySet().stream()
                                .sorted()
                                .skip(random.nextInt(3))
                                .findFirst()
                                .ifPresent(node::revoke);
                case 3 -> node.backup = node.disk.copy();
                case 4 -> {
                    if (random.nextInt(4) == 0) {
                        node.disk = node.backup.copy();
                        node.met.clear();
                    }
                }
                case 5 -> node.met.clear();
                case 6, 7, 8 -> meet(node, nodes.get(random.nextInt(NODES)), random.nextInt(8));
                default -> {
                    var before = Set.copyOf(node.disk.revoked.keySet());
                    node.settle(random);
                    assertTrue(node.disk.revoked.keySet().containsAll(before));
                    assertTrue(before.stream().noneMatch(node.disk.issued::containsKey));
                }
            }
        }

        /// Until the line is cut.
        private static void meet(Node one, Node other, int changesMax) {
            if (one != other) {
                one.met.add(other.id);
                other.met.add(one.id);
                List.copyOf(one.disk.document).stream().limit(changesMax).forEach(other::take);
                List.copyOf(other.disk.document).stream().limit(changesMax).forEach(one::take);
            }
        }

        private void comeTogether() {
            boolean goesOn = true;
            for (int round = 0; goesOn; round++) {
                assertTrue(round < 100, "does not settle, seed " + seed);
                goesOn = false;
                for (Node one : nodes) {
                    nodes.forEach(other -> meet(one, other, Integer.MAX_VALUE));
                    goesOn |= one.settle(random);
                }
            }
        }
    }
}
