-- No change of a table: from here on a snapshot may be one in parts that are read one by one (blob-log/page), which
-- older versions cannot read.
SELECT 1;
