package org.elohim.cluster.journal;

import org.elohim.protocol.sync.Lane;
import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/// One event on its way into the journal.
final class JournalRow {
    static final String INSERT =
            """
            INSERT INTO event_journal
                ("ordering", persistence_id, sequence_number, writer, write_timestamp,
                 adapter_manifest, event_payload, event_ser_id, event_ser_manifest, lane)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;

    final String persistenceId;
    final long sequenceNumber;
    final String writer;
    final long timestamp;
    final String adapterManifest;
    final byte[] payload;
    final int serializerId;
    final String manifest;
    final Object event;

    JournalRow(
            String persistenceId,
            long sequenceNumber,
            String writer,
            long timestamp,
            String adapterManifest,
            byte[] payload,
            int serializerId,
            String manifest,
            Object event) {
        this.persistenceId = persistenceId;
        this.sequenceNumber = sequenceNumber;
        this.writer = writer;
        this.timestamp = timestamp;
        this.adapterManifest = adapterManifest;
        this.payload = payload;
        this.serializerId = serializerId;
        this.manifest = manifest;
        this.event = event;
    }

    void bind(PreparedStatement insert, long ordering) throws SQLException {
        insert.setLong(1, ordering);
        insert.setString(2, persistenceId);
        insert.setLong(3, sequenceNumber);
        insert.setString(4, writer);
        insert.setLong(5, timestamp);
        insert.setString(6, adapterManifest);
        insert.setBytes(7, payload);
        insert.setInt(8, serializerId);
        insert.setString(9, manifest);
        Integer lane = lane();
        if (lane == null) {
            insert.setNull(10, Types.INTEGER);
        } else {
            insert.setInt(10, lane);
        }
    }

    private @Nullable Integer lane() {
        return event instanceof Streamed streamed ? stored(streamed.lane()) : null;
    }

    /// Stored, so it never changes, whatever becomes of the enum.
    static int stored(Lane lane) {
        return switch (lane) {
            case LOCAL -> 1;
            case NEW -> 2;
            case BACKFILL -> 3;
            case OUTLIER -> 4;
        };
    }
}
