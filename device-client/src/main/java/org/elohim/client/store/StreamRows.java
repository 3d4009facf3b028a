package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Entries of the journal as the sessions see them: large changes are left where they are.
final class StreamRows {
    static final String SELECT =
            "SELECT ordering, lane, kind, document, origin, life, ends,"
                    + " CASE WHEN length(changes) <= "
                    + StreamEntry.INLINE_BYTES_MAX
                    + " THEN changes ELSE x'' END AS inline FROM entry";

    private StreamRows() {}

    static StreamEntry entry(ResultSet row) throws SQLException {
        return new StreamEntry(
                row.getLong("ordering"),
                Lane.valueOf(row.getString("lane")),
                StreamEntry.Kind.valueOf(row.getString("kind")),
                new DocumentId(Bytes.copyOf(row.getBytes("document"))),
                hashes(Bytes.copyOf(row.getBytes("ends"))),
                origin(row),
                LocalStore.unframed(row.getBytes("inline")),
                row.getLong("life"),
                Ruling.NONE);
    }

    static @Nullable NodeId origin(ResultSet row) throws SQLException {
        Bytes key = Sql.bytes(row, "origin");
        return key == null ? null : new NodeId(key);
    }

    private static List<ContentHash> hashes(Bytes joined) {
        var hashes = new ArrayList<ContentHash>();
        for (int at = 0; at < joined.size(); at += ContentHash.SIZE_BYTES) {
            hashes.add(new ContentHash(joined.slice(at, at + ContentHash.SIZE_BYTES)));
        }
        return hashes;
    }
}
