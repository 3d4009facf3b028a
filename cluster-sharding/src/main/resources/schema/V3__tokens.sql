-- Nothing changes in the tables. From here on there are events of Tokens, which older versions cannot read.
SELECT 1;
