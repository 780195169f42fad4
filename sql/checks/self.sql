INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('self.chain',
 'Every ledger verifies from its first row to its last',
 'critical',
 '{outline:CC2.1.4,outline:CC5.3.5,outline:PI1.3.4,tsc:CC2.1,tsc:CC4.1,tsc:CC7.1,tsc:PI1.5}',
 '{"checkpoints": {}}',
 'Evidence is worth as much as the proof that nobody changed it since.',
 'SELECT * FROM soc2.verify_ledger(''table'') shows what is wrong and where; compare with the checkpoint that was kept elsewhere, find out who had the rights, and record it as an incident. To verify against a checkpoint: SELECT soc2.set_check_parameters(''self.chain'', ''{"checkpoints": {"soc2.evidence": "text of the checkpoint"}}'', ''kept where'').',
 '1 day', '{soc2.ledgers, soc2.evidence, "soc2.verify_ledger(regclass, text)"}',
 true,
$query$
SELECT coalesce(n.name, format('table with the number %s', l.relation::oid)),
       n.name IS NOT NULL AND v.problems = 0,
       CASE WHEN n.name IS NULL THEN 'the table was dropped'
           WHEN v.problems = 0 THEN 'verified' || CASE WHEN k.checkpoint IS NULL THEN '' ELSE ' against the checkpoint' END
           ELSE format('%s problems, the first: %s', v.problems, v.first) END
FROM soc2.ledgers AS l
LEFT JOIN LATERAL (
    SELECT format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_class AS c
    JOIN pg_namespace AS s ON s.oid = c.relnamespace
    WHERE c.oid = l.relation) AS n ON true
LEFT JOIN LATERAL (SELECT $1 -> 'checkpoints' ->> n.name AS checkpoint) AS k ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS problems,
        (array_agg(format('%s at lane %s position %s', p.problem, coalesce(p.lane::text, '-'),
            coalesce(p.seq::text, '-')) ORDER BY p.lane, p.seq, p.problem))[1] AS first
    FROM soc2.verify_ledger(l.relation, k.checkpoint) AS p
    WHERE n.name IS NOT NULL) AS v ON true
$query$),
('self.evidence_acl',
 'Nobody but its owner can change or remove evidence',
 'critical',
 '{outline:CC2.1.4,outline:CC6.1.7,tsc:CC4.1,tsc:CC6.1,tsc:CC6.3}',
 '{}',
 'Who may UPDATE, DELETE or TRUNCATE a ledger, put triggers on it or own it as somebody who logs in, needs only to get past its guards.',
 'REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER ON the table, and UPDATE of its columns, FROM the role. ALTER TABLE a ledger of your own OWNER TO a role that cannot log in.',
 '1 day', '{soc2.ledgers}',
 true,
$query$
-- the bootstrap superuser owns what it installed; superusers are judged by
-- role.superuser_count
WITH evidence AS (
    SELECT c.oid, c.relowner, c.relacl, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid IN (SELECT l.relation FROM soc2.ledgers AS l)
        OR n.nspname = 'soc2' AND c.relname IN ('evidence', 'ddl_log', 'observed_changes', 'ledgers', 'ledger_seals',
            'ledger_seal_ranges', 'ledger_tiles', 'ledger_redactions', 'ledger_prunes', 'check_results')),
held AS (
    SELECT e.oid, a.grantee, a.privilege_type
    FROM evidence AS e, aclexplode(coalesce(e.relacl, acldefault('r', e.relowner))) AS a
    WHERE a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER') AND a.grantee <> e.relowner
    UNION
    SELECT e.oid, a.grantee, a.privilege_type
    FROM evidence AS e
    JOIN pg_attribute AS t ON t.attrelid = e.oid AND NOT t.attisdropped,
    aclexplode(t.attacl) AS a
    WHERE a.privilege_type = 'UPDATE' AND a.grantee <> e.relowner)
SELECT e.name,
       h.privileges IS NULL AND (o.rolsuper OR NOT o.rolcanlogin),
       concat_ws('; ', format('owned by %I%s', o.rolname,
               CASE WHEN o.rolcanlogin AND NOT o.rolsuper THEN ', which can log in' ELSE '' END),
           h.privileges)
FROM evidence AS e
JOIN pg_roles AS o ON o.oid = e.relowner
LEFT JOIN LATERAL (
    SELECT string_agg(format('%s may %s', coalesce(quote_ident(r.rolname), 'PUBLIC'), h.privilege_type), ', '
        ORDER BY r.rolname, h.privilege_type) AS privileges
    FROM held AS h
    LEFT JOIN pg_roles AS r ON r.oid = h.grantee
    WHERE h.oid = e.oid) AS h ON true
$query$),
('self.tests_ran',
 'Every check ran within its frequency',
 'high',
 '{outline:CC5.1.6,outline:CC5.2.2,tsc:CC4.1,tsc:CC4.2}',
 '{}',
 'A check that did not run shows nothing, and its last result looks like one of today.',
 'SELECT soc2.assess(''id''); have the checks run as often as their frequency says. What is not to be run here: SELECT soc2.enable_check(''id'', false, ''why'').',
 '1 day', '{soc2.check_status, soc2.checks_in_force}',
 true,
$query$
-- this check itself runs now; one that never ran is late once its frequency has
-- passed since the first run of any
SELECT s.check_id, s.recorded_at IS NOT NULL AND NOT s.is_stale,
       CASE WHEN s.recorded_at IS NULL THEN 'never ran'
           WHEN s.is_stale THEN 'its last run is too old, or was of another query'
           ELSE 'ran in time' END
FROM (SELECT k.*, min(k.first_recorded_at) OVER () AS since FROM soc2.check_status AS k) AS s
JOIN soc2.checks_in_force AS c ON c.check_id = s.check_id
WHERE s.outcome <> 'disabled' AND s.check_id <> 'self.tests_ran'
    AND (s.recorded_at IS NOT NULL OR s.since + c.frequency <= now())
$query$),
('self.review_due',
 'The last access review is decided and closed in time, and not too long ago',
 'high',
 '{outline:CC6.1.6,tsc:CC6.2,tsc:CC6.3}',
 '{"frequency": "92 days"}',
 'Roles and grants that nobody looks at again stay for ever.',
 'SELECT soc2.start_access_review(''title''), then decide each of its entries with soc2.decide_access_entries(), run what soc2.revoke_script() returns, and soc2.close_campaign().',
 '1 day', '{soc2.access_reviews, soc2.access_review_status}',
 true,
$query$
-- the entries of the newest review, and when it began
WITH newest AS (
    SELECT v.review_id, v.title, v.opened_at, v.due_at, v.state, v.closed_at
    FROM soc2.access_reviews AS v
    WHERE v.state <> 'cancelled'
    ORDER BY v.opened_at DESC, v.review_id
    LIMIT 1)
SELECT format('review %s', n.title),
       n.opened_at >= now() - ($1 ->> 'frequency')::interval AND (n.state = 'closed' OR n.due_at < now() IS NOT TRUE),
       concat_ws(', ', format('begun on %s', (n.opened_at AT TIME ZONE 'UTC')::date),
           CASE WHEN n.state = 'closed' THEN format('closed on %s', (n.closed_at AT TIME ZONE 'UTC')::date)
               ELSE concat('to be closed by ', (n.due_at AT TIME ZONE 'UTC')::date) END)
FROM newest AS n
UNION ALL
SELECT format('review %s: %I, %s%s', n.title, e.role_name, e.privilege,
           CASE WHEN e.kind NOT IN ('attribute', 'membership')
               THEN concat(' on ', e.object_type, ' ', e.object, CASE WHEN e.column_name <> '' THEN concat(' (', quote_ident(e.column_name), ')') END) END),
       e.decision IS NOT NULL,
       coalesce(e.decision || ', by ' || quote_ident(e.decided_by), 'not decided')
FROM newest AS n
JOIN soc2.access_review_status AS e ON e.review_id = n.review_id
$query$),
('self.review_done',
 'What access reviews decided to take away is gone, and stays away',
 'high',
 '{outline:CC6.1.6,tsc:CC6.2,tsc:CC6.3}',
 '{}',
 'A review that nobody carries out leaves access as it was, and what is granted again after it was never decided.',
 'Run what soc2.revoke_script() of the review returns, as a superuser. What was granted again needs a decision in a new review: soc2.start_access_review().',
 '1 day', '{soc2.access_reviews, soc2.access_review_status, "soc2.access_review_problems(uuid)"}',
 true,
$query$
-- the newest review that somebody closed, or tried to: until then it is in time
WITH newest AS MATERIALIZED (
    SELECT v.review_id, v.title
    FROM soc2.access_reviews AS v
    WHERE v.state IN ('closed', 'incomplete')
    ORDER BY v.opened_at DESC, v.review_id
    LIMIT 1),
problem AS MATERIALIZED (
    SELECT p.entry_no, string_agg(DISTINCT concat(p.problem, ': ', p.detail), '; ') AS detail
    FROM newest AS n
    CROSS JOIN LATERAL soc2.access_review_problems(n.review_id) AS p
    WHERE p.problem <> 'undecided' AND p.entry_no IS NOT NULL
    GROUP BY p.entry_no)
SELECT format('review %s: %I, %s%s', n.title, e.role_name, e.privilege,
           CASE WHEN e.kind NOT IN ('attribute', 'membership')
               THEN concat(' on ', e.object_type, ' ', e.object, CASE WHEN e.column_name <> '' THEN concat(' (', quote_ident(e.column_name), ')') END) END),
       p.entry_no IS NULL,
       coalesce(p.detail, concat(e.decision, ': done'))
FROM newest AS n
JOIN soc2.access_review_status AS e ON e.review_id = n.review_id
LEFT JOIN problem AS p ON p.entry_no = e.entry_no
WHERE e.decision IN ('revoke', 'change') OR e.decision = 'expires' AND e.expires_at <= now()
$query$),
('self.row_security',
 'Checks see all rows, and ask the catalogs',
 'high',
 '{outline:CC2.1.3,outline:CC5.1.6,tsc:CC2.1,tsc:CC4.1}',
 '{}',
 'Row security, and information_schema, show less to those who may see less: a check that asks that way passes for want of rights.',
 'Write the check with pg_catalog instead of information_schema: soc2.drop_check() and soc2.create_check().',
 '1 day', '{soc2.checks_in_force}',
 true,
$query$
-- soc2.assess() runs every check with row_security off, which raises an error
-- where rows would be left out
SELECT 'row_security', current_setting('row_security') = 'off',
       format('row_security = %s', current_setting('row_security'))
UNION ALL
SELECT c.check_id, c.query !~* '\minformation_schema"?\s*\.',
       CASE WHEN c.query ~* '\minformation_schema"?\s*\.' THEN 'asks information_schema'
           ELSE 'does not ask information_schema' END
FROM soc2.checks_in_force AS c
WHERE c.enabled
$query$),
('self.waiver_expiry',
 'No failure rests on a waiver that expired, and requests are decided',
 'high',
 '{outline:CC5.3.1,outline:CC5.3.5,tsc:CC4.2,tsc:CC5.3}',
 '{"decide_within": "30 days"}',
 'A waiver is for a time: afterwards the failure is one like any other, and nobody has accepted it.',
 'Mend what fails, or ask for another waiver with soc2.waive() and have it approved by somebody else. A request that waits: soc2.approve_waiver() or soc2.reject_waiver().',
 '1 day', '{soc2.waiver_status, soc2.check_status, soc2.control_checks}',
 true,
$query$
-- an expired waiver is no matter once its checks pass, or another one holds
SELECT format('waiver %s', w.waiver_id),
       CASE w.state WHEN 'requested' THEN w.requested_at >= now() - ($1 ->> 'decide_within')::interval
           WHEN 'expired' THEN f.failing IS NULL
           WHEN 'lapsed' THEN f.failing IS NULL
           ELSE true END,
       format('%s, for %s%s', w.state, coalesce(w.check_id, 'control ' || w.control_id),
           CASE WHEN w.state IN ('expired', 'lapsed') AND f.failing IS NOT NULL
               THEN ', still failing: ' || f.failing ELSE '' END)
FROM soc2.waiver_status AS w
CROSS JOIN LATERAL (
    SELECT string_agg(s.check_id, ', ' ORDER BY s.check_id) AS failing
    FROM soc2.check_status AS s
    WHERE s.last_outcome = 'fail' AND NOT soc2.is_waived(s.check_id, w.resource)
        AND (s.check_id = w.check_id OR s.check_id IN (
            SELECT k.check_id FROM soc2.control_checks AS k WHERE k.control_id = w.control_id))) AS f
$query$),
('self.findings_overdue',
 'No open finding is past the day it was due',
 'medium',
 '{outline:CC5.3.2,outline:CC5.3.5,tsc:CC4.2,tsc:CC7.4}',
 '{}',
 'A finding that nobody mends in time is one that nobody works on.',
 'Mend it and assess again, which closes it. With a reason it can be planned anew, SELECT soc2.plan_finding(number, ''owner'', ''day'', ''root cause'', ''what is done''), or waived.',
 '1 day', '{soc2.finding_status}',
 true,
$query$
-- those that are waived are accepted for a time; closed ones are members, too
SELECT format('finding %s', f.finding_id), NOT f.overdue OR f.waived,
       format('%s of %s, %s%s', f.severity, coalesce(f.check_id, 'control ' || f.control_id), f.state,
           CASE WHEN f.state <> 'open' THEN ''
               ELSE format(', due on %s%s%s', (f.due_at AT TIME ZONE 'UTC')::date,
                   coalesce(', owner ' || f.owner, ', no owner'), CASE WHEN f.waived THEN ', waived' ELSE '' END) END)
FROM soc2.finding_status AS f
$query$);
