INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('chg.trigger_disabled',
 'No user trigger is disabled',
 'high',
 '{outline:CC8.1.6,outline:PI1.1.2,tsc:CC8.1,tsc:PI1.3}',
 'A disabled trigger no longer checks or completes what is written, and nobody notices: also foreign keys are triggers.',
 'ALTER TABLE name ENABLE TRIGGER trigger (ENABLE ALWAYS TRIGGER where replicas must run it, too); for a foreign key ALTER TABLE name ENABLE TRIGGER ALL. Check the rows that were written in between; DROP TRIGGER what is not needed.',
 true,
$query$
-- the triggers of a foreign key, two on each side, are disabled only by those
-- who disable all of a table: they count where they are off. Of the triggers of
-- a replica (ENABLE REPLICA) a primary runs none, which is what was asked for
SELECT format('trigger %I on %I.%I', t.tgname, n.nspname, c.relname),
       t.tgenabled <> 'D',
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas only'
           WHEN 'A' THEN 'enabled always' ELSE 'enabled' END
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_(toast_)?temp_' AND (NOT t.tgisinternal OR t.tgenabled = 'D')
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, shipped, query) VALUES
('chg.prepared_xacts',
 'No prepared transaction is older than an hour',
 'medium',
 '{outline:CC8.1.9,tsc:PI1.3,tsc:A1.1}',
 '{"max_age": "1 hour"}',
 'A prepared transaction that nobody finishes keeps its locks, and keeps VACUUM from removing rows, through restarts.',
 'Ask the transaction manager for the outcome, then, in the database named, COMMIT PREPARED or ROLLBACK PREPARED the identifier. Without a transaction manager set max_prepared_transactions = 0 and restart.',
 '1 hour',
 true,
$query$
SELECT format('%L in %s', p.gid, quote_ident(p.database)),
       p.prepared >= now() - ($1 ->> 'max_age')::interval,
       format('owner %s, prepared %s', quote_ident(p.owner),
           CASE WHEN p.prepared >= now() - ($1 ->> 'max_age')::interval
               THEN format('within %s', $1 ->> 'max_age')
               ELSE format('more than %s ago', $1 ->> 'max_age') END)
FROM pg_prepared_xacts AS p
$query$);
