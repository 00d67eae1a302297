-- From here on every page of the file ends in a sum, which a version before would not renew when it writes. It refuses a newer schema, so it
-- never does.
SELECT 1;
