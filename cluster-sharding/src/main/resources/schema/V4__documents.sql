-- Events that are entries of the node's stream carry their lane, so that a session reads one lane without the others.
ALTER TABLE event_journal ADD COLUMN lane INTEGER;
CREATE INDEX event_lane ON event_journal (lane) WHERE lane IS NOT NULL;

-- A large snapshot is written in parts, each in a transaction of its own, so that events never wait for a whole one.
-- The row in "snapshot" holds the first part and comes last: a snapshot without it is not there.
ALTER TABLE snapshot ADD COLUMN further_parts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE snapshot_part (
    persistence_id TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (persistence_id, sequence_number, part)
) WITHOUT ROWID;
