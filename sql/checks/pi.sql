INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('pi.constraints_valid',
 'No constraint is NOT VALID and no index is invalid',
 'high',
 '{outline:CC8.1.4,outline:CC8.1.6,outline:PI1.3.4,outline:PI1.4.1,tsc:PI1.2,tsc:PI1.3,tsc:PI1.5}',
 'A constraint that was never validated, or a unique index that was never finished, promises what existing rows may break.',
 'ALTER TABLE name VALIDATE CONSTRAINT constraint; REINDEX INDEX CONCURRENTLY index, or drop what is not needed.',
 true,
$query$
WITH relation AS (
    -- what users made: neither the server's own nor an extension's
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT format('constraint %I on %s', k.conname, r.name), k.convalidated,
       CASE WHEN k.convalidated THEN 'validated' ELSE 'NOT VALID' END
FROM pg_constraint AS k
JOIN relation AS r ON r.oid = k.conrelid
WHERE k.contype IN ('c', 'f')
UNION ALL
SELECT format('index %s on %s', i.indexrelid::regclass, r.name), i.indisvalid AND i.indisready,
       CASE WHEN i.indisvalid AND i.indisready THEN 'valid' ELSE 'invalid: a build was interrupted or failed' END
FROM pg_index AS i
JOIN relation AS r ON r.oid = i.indrelid
$query$);
