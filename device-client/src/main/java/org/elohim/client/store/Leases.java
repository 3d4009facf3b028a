package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/// Which process writes under which actor id, and which one speaks with the nodes.
///
/// Invariants: two living processes never share an actor id, for two changes of the same actor and
/// number could not be merged; nor do two speak with the nodes, for they would number one stream
/// twice. What a process that is gone had is free.
final class Leases {
    private static final int ACTOR_BYTES = 16;

    private final Sql sql;
    private final Supplier<Bytes> random;

    /// @param name the actor id, or whoever within the process speaks with the nodes
    private record Lease(Bytes name, long process, long started) {
        static Lease of(ResultSet row) throws SQLException {
            return new Lease(Bytes.copyOf(row.getBytes(1)), row.getLong(2), row.getLong(3));
        }

        // The same number may have been given to another process since.
        boolean isHeld() {
            return ProcessHandle.of(process)
                    .filter(handle -> handle.isAlive() && Leases.started(handle) == started)
                    .isPresent();
        }
    }

    Leases(Sql sql, Supplier<Bytes> random) {
        this.sql = sql;
        this.random = random;
    }

    Bytes actor(DocumentId document) {
        ProcessHandle self = ProcessHandle.current();
        return sql.write(
                () -> {
                    Bytes actor =
                            sql
                                    .query(
                                            "SELECT actor, process, started FROM lease"
                                                    + " WHERE document = ?",
                                            query -> query.setBytes(1, document.uuid().toArray()),
                                            Lease::of)
                                    .stream()
                                    .filter(lease -> !lease.isHeld())
                                    .map(Lease::name)
                                    .findFirst()
                                    .orElseGet(() -> random.get().slice(0, ACTOR_BYTES));
                    sql.update(
                            "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)",
                            insert -> {
                                insert.setBytes(1, actor.toArray());
                                insert.setBytes(2, document.uuid().toArray());
                                insert.setLong(3, self.pid());
                                insert.setLong(4, started(self));
                            });
                    return actor;
                });
    }

    /// Whether `holder` is the one that speaks with the nodes, from now on or already.
    boolean takeLink(Bytes holder) {
        // Asked often, and mostly in vain: no transaction for that.
        if (!linkIsFree(holder)) {
            return false;
        }
        ProcessHandle self = ProcessHandle.current();
        return sql.write(
                () -> {
                    if (!linkIsFree(holder)) {
                        return false;
                    }
                    sql.update(
                            "INSERT OR REPLACE INTO linked VALUES (1, ?, ?, ?)",
                            insert -> {
                                insert.setBytes(1, holder.toArray());
                                insert.setLong(2, self.pid());
                                insert.setLong(3, started(self));
                            });
                    return true;
                });
    }

    private boolean linkIsFree(Bytes holder) {
        return link().stream().allMatch(lease -> lease.name().equals(holder) || !lease.isHeld());
    }

    boolean linkIsHeld() {
        return link().stream().anyMatch(Lease::isHeld);
    }

    private List<Lease> link() {
        return sql.query("SELECT holder, process, started FROM linked", _ -> {}, Lease::of);
    }

    void releaseLink(Bytes holder) {
        sql.write(
                () ->
                        sql.update(
                                "DELETE FROM linked WHERE holder = ?",
                                delete -> delete.setBytes(1, holder.toArray())));
    }

    private static long started(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
