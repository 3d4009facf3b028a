-- No change of a table: from here on the journal may tell that a node was forgotten (peer-sync/forgotten), which older
-- versions cannot read.
SELECT 1;
