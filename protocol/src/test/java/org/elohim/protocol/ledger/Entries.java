package org.elohim.protocol.ledger;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Entries for tests, of a small world so that they meet.
final class Entries {
    static final long AT = 1_795_000_000_000L;

    private Entries() {}

    static NodeKey key(int number) {
        return NodeKey.ofSeed(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    static NodeId id(int number) {
        return new NodeId(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    static ContentHash token(int number) {
        return new ContentHash(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    static LedgerEntry.TokenIssued issued(int token) {
        return new LedgerEntry.TokenIssued(
                token(token), "phone " + token, List.of(Scope.parse("write:reach:local")), AT);
    }

    static LedgerEntry.TokenRevoked revoked(int token) {
        return new LedgerEntry.TokenRevoked(token(token), AT + 1);
    }

    static LedgerEntry.DeviceSeen seen(int device, int token) {
        return new LedgerEntry.DeviceSeen(id(device), Optional.of(token(token)), "phone", AT);
    }

    static LedgerEntry.DeviceRegistered registered(int device, long term, NodeId leader) {
        return new LedgerEntry.DeviceRegistered(
                id(device), Optional.empty(), "phone", AT, new Term(term, leader));
    }

    /// As it is read from a change of this author.
    static LedgerChange change(NodeId author, long seq, LedgerEntry... entries) {
        Bytes content = LedgerCodec.encode(List.of(entries));
        return new LedgerChange(
                ContentHash.of(
                        author.publicKey()
                                .concat(Bytes.copyOf(new byte[] {(byte) (seq >> 8), (byte) seq}))
                                .concat(content)),
                author,
                seq,
                List.of(),
                new LedgerChange.Said.Entries(List.of(entries), 0));
    }

    /// A few changes of five nodes; who has met whom is up to them.
    static List<LedgerChange> changes(Random random) {
        var changes = new ArrayList<LedgerChange>();
        int count = random.nextInt(30);
        for (int seq = 1; seq <= count; seq++) {
            NodeId author = id(1 + random.nextInt(5));
            changes.add(change(author, seq, some(random, author).toArray(new LedgerEntry[0])));
        }
        return changes;
    }

    static List<LedgerEntry> some(Random random, NodeId author) {
        var entries = new ArrayList<LedgerEntry>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            entries.add(any(random, author));
        }
        return entries;
    }

    /// The author registers devices in its own name, but now and then in that of another.
    private static LedgerEntry any(Random random, NodeId author) {
        ContentHash token = token(1 + random.nextInt(4));
        NodeId device = id(21 + random.nextInt(3));
        NodeId node = id(1 + random.nextInt(5));
        String label = List.of("", "phone", "Großmutter's laptop").get(random.nextInt(3));
        long at = random.nextInt(4);
        Optional<ContentHash> shown = random.nextBoolean() ? Optional.of(token) : Optional.empty();
        return switch (random.nextInt(6)) {
            case 0 -> new LedgerEntry.NodeMet(node, random.nextInt(3));
            case 5 -> new LedgerEntry.NodeGone(node, random.nextInt(3));
            case 1 -> new LedgerEntry.TokenIssued(token, label, scopes(random), at);
            case 2 -> new LedgerEntry.TokenRevoked(token, at);
            case 3 -> new LedgerEntry.DeviceSeen(device, shown, label, at);
            default ->
                    new LedgerEntry.DeviceRegistered(
                            device,
                            shown,
                            label,
                            at,
                            new Term(
                                    1 + random.nextInt(3), random.nextInt(5) == 0 ? node : author));
        };
    }

    private static List<Scope> scopes(Random random) {
        return random.nextBoolean()
                ? List.of(Scope.parse("admin"))
                : List.of(Scope.parse("read:reach:local"), Scope.parse("write:reach:private"));
    }
}
