-- From here on snapshots of Tokens tell what was revoked, which older versions would forget. Those that were made
-- before do not tell it; all events are still there.
DELETE FROM snapshot_part WHERE persistence_id LIKE 'Tokens|%';
DELETE FROM snapshot WHERE persistence_id LIKE 'Tokens|%';

-- The family's ledger (DocumentId.LEDGER). What lies there from before was written by somebody who is no node.
DELETE FROM snapshot_part WHERE persistence_id = 'Document|73rh16DdueiqSyU54ZHU3uaSEnk';
DELETE FROM snapshot WHERE persistence_id = 'Document|73rh16DdueiqSyU54ZHU3uaSEnk';
DELETE FROM event_journal WHERE persistence_id = 'Document|73rh16DdueiqSyU54ZHU3uaSEnk';
