-- No change of a table: from here on the journal may hold what has become of blobs (blob-log/written), which older
-- versions cannot read.
SELECT 1;
