INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('rls.classified',
 'Tables with personal or restricted data have row security, forced, and a policy',
 'high',
 '{outline:CC9.2.1,outline:P6.1.1,outline:P6.4.2,tsc:CC6.1,tsc:CC6.3,tsc:C1.1,tsc:P4.1}',
 '{"classes": ["personal", "restricted"]}',
 'Grants let a role see all rows of a table or none; of such data each may see some.',
 'ALTER TABLE name ENABLE ROW LEVEL SECURITY; ALTER TABLE name FORCE ROW LEVEL SECURITY; CREATE POLICY for each role that reads or writes it.',
 '1 day', '{soc2.column_classes}',
 true,
$query$
SELECT k.relation,
       c.relrowsecurity AND c.relforcerowsecurity AND p.policies > 0,
       format('%s data, row security %s, %s', k.classes,
           CASE WHEN NOT c.relrowsecurity THEN 'off' WHEN c.relforcerowsecurity THEN 'forced'
               ELSE 'not for the owner' END,
           CASE p.policies WHEN 0 THEN 'no policy' WHEN 1 THEN '1 policy' ELSE format('%s policies', p.policies) END)
FROM (
    SELECT v.relation_oid, v.relation, string_agg(DISTINCT v.class, ' and ') AS classes
    FROM soc2.column_classes AS v
    WHERE ($1 -> 'classes') ? v.class
    GROUP BY v.relation_oid, v.relation) AS k
JOIN pg_class AS c ON c.oid = k.relation_oid
CROSS JOIN LATERAL (
    SELECT count(*) AS policies FROM pg_policy AS y WHERE y.polrelid = c.oid) AS p
WHERE c.relkind IN ('r', 'p')
$query$),
('rls.true_policy',
 'No policy of a table with classed data lets everybody see all rows',
 'medium',
 '{outline:CC9.2.1,tsc:CC6.3,tsc:C1.1}',
 '{"classes": ["confidential", "personal", "restricted"]}',
 'A policy that is true for PUBLIC looks like row security and is none; permissive policies add up, so one is enough.',
 'DROP POLICY it, or ALTER POLICY name ON table TO the roles that need all rows.',
 '1 day', '{soc2.column_classes}',
 true,
$query$
-- a restrictive policy that is true restricts nothing and opens nothing
SELECT format('policy %I on %s', p.polname, k.relation),
       NOT (p.polpermissive AND 0 = ANY (p.polroles)
           AND 'true' IN (x.seen, x.written)),
       format('for %s, USING (%s), WITH CHECK (%s)',
           CASE WHEN 0 = ANY (p.polroles) THEN 'PUBLIC' ELSE 'named roles' END,
           coalesce(nullif(x.seen, ''), '-'), coalesce(nullif(x.written, ''), '-'))
FROM (
    SELECT DISTINCT v.relation_oid, v.relation
    FROM soc2.column_classes AS v
    WHERE ($1 -> 'classes') ? v.class) AS k
JOIN pg_policy AS p ON p.polrelid = k.relation_oid
CROSS JOIN LATERAL (
    SELECT coalesce(pg_get_expr(p.polqual, p.polrelid), '') AS seen,
           coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS written) AS x
$query$),
('rls.view_bypass',
 'Views over tables with row security ask as the one who reads them',
 'medium',
 '{outline:CC6.1.5,outline:CC9.2.1,tsc:CC6.3,tsc:C1.1}',
 '{}',
 'A view asks with the rights of its owner, and policies judge the owner: without security_invoker it shows rows that its reader may not see.',
 'ALTER VIEW name SET (security_invoker = true), and grant on the tables what its readers need; or have it owned by a role that the policies bind.',
 '1 day', '{}',
 true,
$query$
-- a view over such a view asks for it as its own owner, too
WITH RECURSIVE made AS (
    SELECT u.relation_oid AS oid, u.name,
        coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(v.reloptions) AS o
                  WHERE o.option_name = 'security_invoker'), false) AS invoker
    FROM soc2.user_relations AS u
    JOIN pg_class AS v ON v.oid = u.relation_oid
    WHERE u.kind = 'v'),
edge AS (
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS reads
    FROM made AS v
    JOIN pg_rewrite AS w ON w.ev_class = v.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class),
reach (view, guarded) AS (
    SELECT e.view, t.oid
    FROM edge AS e
    JOIN pg_class AS t ON t.oid = e.reads
    WHERE t.relrowsecurity
    UNION
    SELECT e.view, r.guarded
    FROM reach AS r
    JOIN edge AS e ON e.reads = r.view
    JOIN made AS v ON v.oid = r.view AND v.invoker)
SELECT v.name, v.invoker,
       format('%s, reads %s', CASE WHEN v.invoker THEN 'security_invoker' ELSE 'asks as its owner' END,
           string_agg(format('%I.%I', n.nspname, t.relname), ', ' ORDER BY n.nspname, t.relname))
FROM made AS v
JOIN reach AS r ON r.view = v.oid
JOIN pg_class AS t ON t.oid = r.guarded
JOIN pg_namespace AS n ON n.oid = t.relnamespace
GROUP BY v.oid, v.name, v.invoker
$query$);
