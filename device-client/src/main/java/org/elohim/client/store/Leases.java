package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Which process writes under which actor id, and which one speaks with the nodes.
///
/// Invariants: two living processes never share an actor id, for two changes of the same actor and
/// number could not be merged; nor do two speak with the nodes, for they would number one stream
/// twice. What a process that is gone had is free.
final class Leases {
    private static final int ACTOR_BYTES = 16;

    private final Sql sql;
    private final Presence self;
    private final Supplier<Bytes> random;

    /// @param name the actor id, or whoever within the process speaks with the nodes
    /// @param holder by what one sees whether he who has it is there
    private record Lease(Bytes name, String holder) {
        static Lease of(ResultSet row) throws SQLException {
            return new Lease(Bytes.copyOf(row.getBytes(1)), row.getString(2));
        }
    }

    Leases(Sql sql, Presence self, Supplier<Bytes> random) {
        this.sql = sql;
        this.self = self;
        this.random = random;
    }

    Bytes actor(DocumentId document, Set<Bytes> except) {
        return sql.write(
                () -> {
                    // Whoever holds one of these goes on with it, and nobody inherits it.
                    for (Bytes actor : except) {
                        sql.update(
                                "DELETE FROM lease WHERE actor = ?",
                                delete -> delete.setBytes(1, actor.toArray()));
                    }
                    Bytes leased =
                            sql
                                    .query(
                                            "SELECT actor, holder FROM lease WHERE document = ?",
                                            query -> query.setBytes(1, document.uuid().toArray()),
                                            Lease::of)
                                    .stream()
                                    .filter(lease -> !isHeld(lease))
                                    .map(Lease::name)
                                    .findFirst()
                                    .orElseGet(() -> random.get().slice(0, ACTOR_BYTES));
                    sql.update(
                            "INSERT OR REPLACE INTO lease VALUES (?, ?, ?)",
                            insert -> {
                                insert.setBytes(1, leased.toArray());
                                insert.setBytes(2, document.uuid().toArray());
                                insert.setString(3, self.name());
                            });
                    return leased;
                });
    }

    /// Whether `holder` is the one that speaks with the nodes, from now on or already.
    boolean takeLink(Bytes holder) {
        // Asked often, and mostly in vain: no transaction for that.
        if (!linkIsFree(holder)) {
            return false;
        }
        return sql.write(
                () -> {
                    if (!linkIsFree(holder)) {
                        return false;
                    }
                    sql.update(
                            "INSERT OR REPLACE INTO linked VALUES (1, ?, ?)",
                            insert -> {
                                insert.setBytes(1, holder.toArray());
                                insert.setString(2, self.name());
                            });
                    return true;
                });
    }

    private boolean linkIsFree(Bytes holder) {
        return link().stream().allMatch(lease -> lease.name().equals(holder) || !isHeld(lease));
    }

    boolean linkIsHeld() {
        return link().stream().anyMatch(this::isHeld);
    }

    private List<Lease> link() {
        return sql.query("SELECT name, holder FROM linked", _ -> {}, Lease::of);
    }

    void releaseLink(Bytes holder) {
        sql.write(
                () ->
                        sql.update(
                                "DELETE FROM linked WHERE name = ?",
                                delete -> delete.setBytes(1, holder.toArray())));
    }

    private boolean isHeld(Lease lease) {
        return self.isThere(lease.holder());
    }
}
