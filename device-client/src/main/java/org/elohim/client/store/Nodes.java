package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.SyncMessage;

import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The nodes that a device syncs with: where they are, who they are, how far it has come with each.
///
/// Invariants: an address belongs to the node that answered there first, and to no other.
public final class Nodes {
    private static final String NEW_POSITIONS =
            "acknowledged = 0, local_cursor = 0, new_cursor = 0, backfill_cursor = 0,"
                    + " outlier_cursor = 0";
    private static final String NOTHING_HELD =
            ", peer_epoch = 0, peer_run = 0, held = 0, compare_due = 0";
    // In the place of a change's hash.
    private static final Bytes MARK = Bytes.EMPTY;

    private final Sql sql;
    private final Supplier<Bytes> random;

    /// How the connection is.
    public enum Link {
        /// Nobody has tried yet, or whoever was connected has gone.
        IDLE,
        CONNECTING,
        /// Connected, and not yet in possession of all that the node had.
        CATCHING_UP,
        /// Connected, and all that the node had is here.
        LEVEL,
        BROKEN
    }

    /// One of them.
    ///
    /// @param reason why it is broken, in words
    public record Node(
            String url,
            String token,
            Optional<NodeId> identity,
            Link link,
            String reason,
            Output.State state) {}

    /// What a node will not take, and why.
    ///
    /// @param change none where it is the deletion or the restore of the document
    public record Refusal(
            String url, DocumentId document, Optional<ContentHash> change, String explanation) {}

    /// What a node says of how safe the device's journal is with its family.
    ///
    /// @param cursors up to here others hold it too
    /// @param obstacle why they do not hold more, in words; empty where nothing is in the way
    public record Safety(Map<Lane, Long> cursors, String obstacle) {
        static final Safety NOTHING_SAID = new Safety(Map.of(), "");

        public Safety {
            cursors = Map.copyOf(cursors);
        }
    }

    Nodes(Sql sql, Supplier<Bytes> random) {
        this.sql = sql;
        this.random = random;
    }

    // A new numbering: the old one's positions are of another device.
    static void forgetPositions(Sql sql) throws SQLException {
        sql.update(
                "UPDATE node SET epoch = random() | 1, " + NEW_POSITIONS + NOTHING_HELD, _ -> {});
        sql.update("DELETE FROM refusal", _ -> {});
        sql.update("DELETE FROM durable", _ -> {});
    }

    public List<Node> all() {
        return sql.query("SELECT * FROM node ORDER BY url", _ -> {}, Nodes::node);
    }

    public Optional<Node> find(String url) {
        return sql
                .query(
                        "SELECT * FROM node WHERE url = ?",
                        query -> query.setString(1, url),
                        Nodes::node)
                .stream()
                .findFirst();
    }

    private static Node node(ResultSet row) throws SQLException {
        Bytes identity = Sql.bytes(row, "identity");
        return new Node(
                row.getString("url"),
                row.getString("token"),
                Optional.ofNullable(identity).map(NodeId::new),
                Link.valueOf(row.getString("link")),
                row.getString("reason"),
                new Output.State(
                        new Positions.Saved(
                                row.getLong("epoch"),
                                row.getLong("acknowledged"),
                                Map.of(
                                        Lane.LOCAL, row.getLong("local_cursor"),
                                        Lane.NEW, row.getLong("new_cursor"),
                                        Lane.BACKFILL, row.getLong("backfill_cursor"),
                                        Lane.OUTLIER, row.getLong("outlier_cursor"))),
                        row.getLong("peer_epoch"),
                        row.getLong("peer_run"),
                        row.getLong("held"),
                        row.getBoolean("compare_due")));
    }

    /// Remembers a node, or gives one that is known another token. Under that it may take what it
    /// has refused, which positions have passed: a new numbering offers all of it once more.
    public void remember(String url, String token) {
        long epoch = ByteBuffer.wrap(random.get().toArray()).getLong() | 1;
        sql.write(
                () -> {
                    if (isKnown(url, token)) {
                        return false;
                    }
                    forgetWhatItSaid(url);
                    sql.update(
                            "INSERT INTO node VALUES (?, ?, NULL, 'IDLE', '', ?, 0, 0, 0, 0, 0, 0,"
                                    + " 0, 0, 0) ON CONFLICT (url) DO UPDATE SET token ="
                                    + " excluded.token, epoch = excluded.epoch, "
                                    + NEW_POSITIONS,
                            insert -> {
                                insert.setString(1, url);
                                insert.setString(2, token);
                                insert.setLong(3, epoch);
                            });
                    return true;
                });
    }

    private void forgetWhatItSaid(String url) throws SQLException {
        for (String table : List.of("refusal", "durable")) {
            sql.update(
                    "DELETE FROM " + table + " WHERE url = ?", delete -> delete.setString(1, url));
        }
    }

    private boolean isKnown(String url, String token) {
        return find(url).filter(node -> node.token().equals(token)).isPresent();
    }

    /// Says whether it was known.
    public boolean forget(String url) {
        return sql.write(
                () -> {
                    forgetWhatItSaid(url);
                    int gone =
                            sql.update(
                                    "DELETE FROM node WHERE url = ?",
                                    delete -> delete.setString(1, url));
                    return gone > 0;
                });
    }

    /// Notes who answers at this address. Where it is a node that was known under another address,
    /// it has moved, and what is known of it moves along.
    public void recognise(String url, NodeId identity) {
        byte[] key = identity.publicKey().toArray();
        sql.write(
                () -> {
                    Optional<Node> moved =
                            all().stream()
                                    .filter(node -> node.identity().equals(Optional.of(identity)))
                                    .filter(node -> !node.url().equals(url))
                                    .findFirst();
                    if (moved.isPresent()) {
                        sql.update(
                                "DELETE FROM node WHERE url = ?",
                                delete -> delete.setString(1, moved.get().url()));
                        // Of how safe things are it says more when it is connected.
                        sql.update(
                                "DELETE FROM durable WHERE url = ?",
                                delete -> delete.setString(1, moved.get().url()));
                        save(url, moved.get().state());
                    }
                    return sql.update(
                            "UPDATE node SET identity = ? WHERE url = ?",
                            update -> {
                                update.setBytes(1, key);
                                update.setString(2, url);
                            });
                });
    }

    /// What a session has come to that was begun with this token; nothing where another has
    /// replaced it meanwhile, and its positions.
    public void persist(String url, String token, Output.State state) {
        sql.write(() -> isKnown(url, token) ? save(url, state) : 0);
    }

    private int save(String url, Output.State state) throws SQLException {
        return sql.update(
                "UPDATE node SET epoch = ?, acknowledged = ?, local_cursor = ?, new_cursor = ?,"
                        + " backfill_cursor = ?, outlier_cursor = ?, peer_epoch = ?, peer_run = ?,"
                        + " held = ?, compare_due = ? WHERE url = ?",
                update -> {
                    Positions.Saved mine = state.mine();
                    update.setLong(1, mine.epoch());
                    update.setLong(2, mine.acknowledged());
                    bind(update, 3, mine.cursors());
                    update.setLong(7, state.peerEpoch());
                    update.setLong(8, state.peerRun());
                    update.setLong(9, state.held());
                    update.setBoolean(10, state.compareDue());
                    update.setString(11, url);
                });
    }

    private static void bind(PreparedStatement statement, int first, Map<Lane, Long> cursors)
            throws SQLException {
        int next = first;
        for (Lane lane : Lane.IN_ORDER) {
            statement.setLong(next++, cursors.getOrDefault(lane, 0L));
        }
    }

    /// What the node of this address has said last of how safe things are.
    public Safety safety(String url) {
        return sql
                .query(
                        "SELECT * FROM durable WHERE url = ?",
                        query -> query.setString(1, url),
                        row ->
                                new Safety(
                                        Map.of(
                                                Lane.LOCAL, row.getLong("local_cursor"),
                                                Lane.NEW, row.getLong("new_cursor"),
                                                Lane.BACKFILL, row.getLong("backfill_cursor"),
                                                Lane.OUTLIER, row.getLong("outlier_cursor")),
                                        row.getString("obstacle")))
                .stream()
                .findFirst()
                .orElse(Safety.NOTHING_SAID);
    }

    /// Notes what a node says to those who come with this token.
    public void isSafe(String url, String token, Safety safety) {
        sql.write(
                () -> {
                    if (!isKnown(url, token)) {
                        return 0;
                    }
                    return sql.update(
                            "INSERT OR REPLACE INTO durable VALUES (?, ?, ?, ?, ?, ?)",
                            insert -> {
                                insert.setString(1, url);
                                bind(insert, 2, safety.cursors());
                                insert.setString(6, safety.obstacle());
                            });
                });
    }

    /// How many of the device's own changes a node has accepted, and none has said that another
    /// holds them too.
    public long onOneNodeOnly() {
        long accepted = 0;
        long durable = 0;
        for (Node node : all()) {
            accepted =
                    Math.max(accepted, node.state().mine().cursors().getOrDefault(Lane.LOCAL, 0L));
            durable = Math.max(durable, safety(node.url()).cursors().getOrDefault(Lane.LOCAL, 0L));
        }
        long from = durable;
        long to = accepted;
        return sql.number(
                "SELECT COALESCE(SUM(MAX(count, 1)), 0) FROM entry WHERE lane = 'LOCAL' AND"
                        + " ordering > ? AND ordering <= ?",
                query -> {
                    query.setLong(1, from);
                    query.setLong(2, to);
                });
    }

    /// Notes how the connection is, for whoever asks, in whatever process.
    public void say(String url, Link link, String reason) {
        sql.write(
                () ->
                        sql.update(
                                "UPDATE node SET link = ?, reason = ? WHERE url = ?",
                                update -> {
                                    update.setString(1, link.name());
                                    update.setString(2, reason);
                                    update.setString(3, url);
                                }));
    }

    /// How many of the device's changes, up to this place of its journal, the node has not
    /// acknowledged; of one document, or of all.
    public long unsent(Node node, Optional<DocumentId> document, long through) {
        return beyond(node, node.state().mine().cursors(), document, through);
    }

    /// How many of them no other node of its family holds, as far as the node has said.
    public long unsafe(Node node, Optional<DocumentId> document, long through) {
        return beyond(node, safety(node.url()).cursors(), document, through);
    }

    private long beyond(
            Node node, Map<Lane, Long> cursors, Optional<DocumentId> document, long through) {
        return sql.number(
                "SELECT COALESCE(SUM(MAX(count, 1)), 0) FROM entry WHERE ordering <= ? AND kind !="
                    + " 'WITHDRAWN' AND (origin IS NULL OR origin != ?) AND (?3 IS NULL OR document"
                    + " = ?3) AND ((lane = 'LOCAL' AND ordering > ?4) OR (lane = 'NEW' AND ordering"
                    + " > ?5) OR (lane = 'BACKFILL' AND ordering > ?6) OR (lane = 'OUTLIER' AND"
                    + " ordering > ?7))",
                query -> {
                    query.setLong(1, through);
                    query.setBytes(
                            2,
                            node.identity()
                                    .map(id -> id.publicKey().toArray())
                                    .orElse(new byte[0]));
                    query.setBytes(3, document.map(id -> id.uuid().toArray()).orElse(null));
                    bind(query, 4, cursors);
                });
    }

    /// Notes what the node will not take of those who come with this token: changes, or where it
    /// names none, the deletion or the restore of the document.
    public void refused(String url, String token, SyncMessage.Refused refused) {
        sql.write(
                () -> {
                    if (!isKnown(url, token)) {
                        return false;
                    }
                    for (Bytes what : what(refused.hashes())) {
                        sql.update(
                                "INSERT OR REPLACE INTO refusal VALUES (?, ?, ?, ?, 0)",
                                insert -> {
                                    insert.setString(1, url);
                                    insert.setBytes(2, refused.document().uuid().toArray());
                                    insert.setBytes(3, what.toArray());
                                    insert.setString(4, refused.explanation());
                                });
                    }
                    return true;
                });
    }

    /// Notes that this device does not take what the node says of the document as a whole; to be
    /// called within a transaction.
    public void disbelieved(NodeId node, DocumentId document, String explanation)
            throws SQLException {
        sql.update(
                "INSERT OR REPLACE INTO refusal SELECT url, ?, ?, ?, 0 FROM node"
                        + " WHERE identity = ?",
                insert -> {
                    insert.setBytes(1, document.uuid().toArray());
                    insert.setBytes(2, MARK.toArray());
                    insert.setString(3, explanation);
                    insert.setBytes(4, node.publicKey().toArray());
                });
    }

    /// Notes that the node has acknowledged these changes, or the mark where there are none. What
    /// it refuses it acknowledges too, once: where it does so again, it has taken it.
    public void acknowledged(String url, DocumentId document, List<ContentHash> changes) {
        each(
                "UPDATE refusal SET acknowledged = acknowledged + 1 WHERE",
                url,
                document,
                what(changes));
        each("DELETE FROM refusal WHERE acknowledged > 1 AND", url, document, what(changes));
    }

    /// Notes that the node has these changes, whoever brought them.
    public void has(String url, DocumentId document, List<ContentHash> changes) {
        each(
                "DELETE FROM refusal WHERE",
                url,
                document,
                changes.stream().map(ContentHash::bytes).toList());
    }

    private void each(String sqlBefore, String url, DocumentId document, List<Bytes> hashes) {
        sql.write(
                () -> {
                    for (Bytes hash : hashes) {
                        sql.update(
                                sqlBefore + " url = ? AND document = ? AND hash = ?",
                                update -> {
                                    update.setString(1, url);
                                    update.setBytes(2, document.uuid().toArray());
                                    update.setBytes(3, hash.toArray());
                                });
                    }
                    return true;
                });
    }

    private static List<Bytes> what(List<ContentHash> changes) {
        return changes.isEmpty()
                ? List.of(MARK)
                : changes.stream().map(ContentHash::bytes).toList();
    }

    /// Whether the node has refused anything of this document and not taken it since.
    public boolean refuses(String url, DocumentId document) {
        return sql.number(
                        "SELECT COUNT(*) FROM refusal WHERE url = ? AND document = ?",
                        query -> {
                            query.setString(1, url);
                            query.setBytes(2, document.uuid().toArray());
                        })
                > 0;
    }

    public List<Refusal> refusals() {
        return sql.query("SELECT * FROM refusal ORDER BY document, url", _ -> {}, Nodes::refusal);
    }

    private static Refusal refusal(ResultSet row) throws SQLException {
        Bytes hash = Bytes.copyOf(row.getBytes("hash"));
        return new Refusal(
                row.getString("url"),
                new DocumentId(Bytes.copyOf(row.getBytes("document"))),
                Optional.of(hash).filter(each -> !each.equals(MARK)).map(ContentHash::new),
                row.getString("explanation"));
    }
}
