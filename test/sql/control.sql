--
-- Controls: the library, adopting it, controls of one's own, who may change
-- them, and the evidence of each change.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_admin IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector IN ROLE soc2_collector;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';

-- the library: drafts that are mapped with a reason each, and in force nowhere
SELECT count(*) BETWEEN 60 AND 90 AS controls, bool_and(shipped AND status = 'draft' AND valid IS NULL) AS drafts,
    bool_and(length(description) > 80) AS described
FROM controls;
SELECT count(*) AS without_criteria FROM controls AS c
WHERE NOT EXISTS (SELECT FROM control_criteria AS m WHERE m.control_id = c.control_id);
SELECT control_id FROM controls AS c
WHERE nature <> 'manual' AND NOT EXISTS (SELECT FROM control_checks AS k WHERE k.control_id = c.control_id);
SELECT count(*) - count(DISTINCT rationale) AS reasons_used_twice, bool_and(author = 'soc2') AS by_the_library,
    bool_and(framework(criterion) = 'tsc' AND level(criterion) = 2) AS on_criteria
FROM control_criteria;
SELECT control_id, criterion FROM control_criteria AS m
WHERE NOT EXISTS (SELECT FROM criteria AS c WHERE c.criterion = m.criterion);
SELECT control_id FROM control_criteria AS m FULL JOIN controls AS c USING (control_id)
WHERE m.criterion IS NULL OR c.title IS NULL;
SELECT control_id FROM control_checks EXCEPT SELECT control_id FROM controls;
SELECT check_id AS of_no_check FROM control_checks EXCEPT SELECT check_id FROM checks;
SELECT check_id AS of_no_control FROM checks WHERE shipped EXCEPT SELECT check_id FROM control_checks;
SELECT check_id, m.criterion FROM checks AS k CROSS JOIN unnest(k.criteria::criterion[]) AS m (criterion)
WHERE NOT EXISTS (SELECT FROM criteria AS c WHERE c.criterion = m.criterion);
SELECT check_id AS of_one_framework FROM checks AS k WHERE shipped
    AND (SELECT count(DISTINCT framework(m.criterion)) FROM unnest(k.criteria::criterion[]) AS m (criterion)) <> 2;
SELECT count(*) AS in_force FROM control_catalogue WHERE in_force OR NOT shipped;

-- shipped rows are guarded
UPDATE controls SET owner = 'me' WHERE control_id = 'ACC-01'; --fail
DELETE FROM control_criteria WHERE control_id = 'ACC-01'; --fail
INSERT INTO control_checks VALUES ('ACC-01', 'tls.on', true); --fail
TRUNCATE controls; --fail
TRUNCATE control_criteria; --fail
TRUNCATE control_checks; --fail

-- adopting some, then the rest
SET ROLE regress_soc2_admin;
SELECT adopt_controls('{ACC-01,NET-02,ACC-01}', '2026-01-01');
SELECT control_id, status, valid, in_force, shipped, checks, criteria FROM control_catalogue
WHERE control_id IN ('ACC-01', 'ACC-02', 'NET-02') ORDER BY 1;
SELECT adopt_controls('{ACC-01}') AS adopted_before;
SELECT adopt_controls('{ACC-02,NONE-1}'); --fail
SELECT adopt_controls('{ACC-02,NULL}'); --fail
SELECT adopt_controls('{ACC-02}', NULL); --fail
SELECT adopt_controls('{ACC-02}', 'infinity'); --fail
SELECT adopt_controls('{}') AS none;
SELECT adopt_controls() = (SELECT count(*) - 2 FROM controls WHERE shipped) AS the_rest;
SELECT adopt_controls() AS again;
SELECT status, in_force, count(*) = (SELECT count(*) FROM controls WHERE shipped) AS "all"
FROM control_catalogue GROUP BY 1, 2;
-- what was copied is what is in the library
SELECT control_id, criterion, relation, rationale, author FROM control_criteria WHERE shipped
EXCEPT SELECT control_id, criterion, relation, rationale, author FROM control_criteria WHERE NOT shipped;
SELECT control_id, check_id FROM control_checks WHERE shipped
EXCEPT SELECT control_id, check_id FROM control_checks WHERE NOT shipped;
SELECT DISTINCT since = '2026-01-01' AS since_it_was_adopted FROM control_criteria
WHERE NOT shipped AND control_id IN ('ACC-01', 'NET-02');

-- a control of one's own, with an odd name
SELECT create_control('Ours "1"'' \ {x}', 'Doors', 'Doors are locked.', frequency => '1 mon', owner => 'Facility');
SELECT create_control('Ours "1"'' \ {x}', 'Doors', 'Doors are locked.'); --fail
SELECT create_control('ACC-01', 'x', 'x'); --fail
SELECT control_id, title, kind, nature, frequency, status, valid, in_force, criteria, checks
FROM control_catalogue WHERE control_id LIKE 'Ours%';
SELECT map_control('Ours "1"'' \ {x}', 'tsc:CC6.4', 'equal-to', 'the doors of the data centre');
SELECT map_control('Ours "1"'' \ {x}', 'tsc:CC6.4', 'subset-of', 'other sites have doors too');
SELECT map_control('Ours "1"'' \ {x}', 'outline:CC6.6', 'intersects-with', 'also there');
SELECT link_check('Ours "1"'' \ {x}', 'tls.on');
SELECT link_check('Ours "1"'' \ {x}', 'tls.on');
SELECT unmap_control('Ours "1"'' \ {x}', 'outline:CC6.6', 'by mistake');
SELECT criterion, relation, rationale, author, since = CURRENT_DATE AS since FROM control_criteria WHERE control_id LIKE 'Ours%';
SELECT change_control('Ours "1"'' \ {x}', '{"owner": "Facility management", "nature": "hybrid", "frequency": null}', 'it moved') ->> 'owner' AS owner;
SELECT adopt_controls() AS drafts_are_named;
SELECT adopt_controls('{"Ours \"1\"'' \\ {x}"}', '2026-01-01');
SELECT owner, nature, frequency, status, in_force FROM control_catalogue WHERE control_id LIKE 'Ours%';
SELECT unlink_check('Ours "1"'' \ {x}', 'tls.on', 'doors have no TLS');
SELECT checks FROM control_catalogue WHERE control_id LIKE 'Ours%';

-- what is refused
SELECT create_control('', 'x', 'x'); --fail
SELECT create_control(' x', 'x', 'x'); --fail
SELECT create_control(E'x\ty', 'x', 'x'); --fail
SELECT create_control(repeat('x', 101), 'x', 'x'); --fail
SELECT create_control('tls.on', 'x', 'x'); --fail
SELECT create_control(NULL, 'x', 'x'); --fail
SELECT create_control('X', ' ', 'x'); --fail
SELECT create_control('X', 'x', 'x', kind => 'good'); --fail
SELECT create_control('X', 'x', 'x', nature => 'good'); --fail
SELECT create_control('X', 'x', 'x', frequency => '-1 day'); --fail
SELECT create_control('X', 'x', 'x', frequency => '1 minute'); --fail
SELECT map_control('none', 'tsc:CC6.4', 'equal-to', 'x'); --fail
SELECT map_control('ACC-01', 'tsc:CC6.4.300', 'equal-to', 'x'); --fail
SELECT map_control('ACC-01', 'tsc:CC6.4', 'equal', 'x'); --fail
SELECT map_control('ACC-01', 'tsc:CC6.4', NULL, 'x'); --fail
SELECT map_control('ACC-01', 'tsc:CC6.4', 'equal-to', ' '); --fail
SELECT unmap_control('ACC-01', 'tsc:CC9.2', 'x'); --fail
SELECT link_check('ACC-01', 'no.check'); --fail
SELECT unlink_check('ACC-01', 'tls.on', 'x'); --fail
SELECT change_control('ACC-01', '{"status": "retired", "shipped": true}', 'x'); --fail
SELECT change_control('ACC-01', '[]', 'x'); --fail
SELECT change_control('ACC-01', NULL, 'x'); --fail
SELECT change_control('ACC-01', '{"title": null}', 'x'); --fail
SELECT change_control('ACC-01', '{"kind": "good"}', 'x'); --fail
SELECT change_control('ACC-01', '{"title": "x"}', NULL); --fail

-- retiring: it stays in force for the days before
SELECT retire_control('NET-02', 'moved to the proxy', '2025-12-31'); --fail
SELECT retire_control('NET-02', 'moved to the proxy', 'infinity'); --fail
SELECT retire_control('NET-02', ''); --fail
SELECT retire_control('NET-02', 'moved to the proxy', '2026-03-31');
SELECT retire_control('NET-02', 'again'); --fail
SELECT status, valid FROM control_catalogue WHERE control_id = 'NET-02';
SELECT control_is_in_force(status, valid, '2026-03-31', '2026-03-31') AS last_day,
    control_is_in_force(status, valid, '2026-03-31', '2026-04-01') AS day_after,
    control_is_in_force(status, valid, '2025-12-31', '2026-01-01') AS day_before
FROM control_catalogue WHERE control_id = 'NET-02';
SELECT adopt_controls('{NET-02}'); --fail
SELECT adopt_controls() AS retired_ones_stay;
SELECT control_is_in_force('draft', '[2026-01-01,)', '2026-01-01', '2026-01-01') AS a_draft,
    control_is_in_force('adopted', NULL, '2026-01-01', '2026-01-01') AS no_days;
-- nothing but the functions
UPDATE controls SET owner = 'x' WHERE NOT shipped; --fail
DELETE FROM control_criteria; --fail
INSERT INTO control_checks VALUES ('x', 'y'); --fail
RESET ROLE;

-- each change is evidence of who made it
SELECT payload ->> 'action' AS action, count(*) > 50 AS many, min(recorded_by) AS by
FROM evidence WHERE kind = 'control' GROUP BY 1 ORDER BY 1;
SELECT payload ->> 'action' AS action, subject, criteria, recorded_by, payload ->> 'session_user' = session_user AS session_user
FROM evidence WHERE kind = 'control' AND control_id LIKE 'Ours%' ORDER BY ledger_seq;
SELECT key, value FROM evidence, jsonb_each(payload - '{session_user,action}'::text[])
WHERE kind = 'control' AND control_id LIKE 'Ours%' AND payload ->> 'action' IN ('map', 'unlink_check', 'retire') ORDER BY ledger_seq, 1;
SELECT payload -> 'before' ->> 'nature' AS before, payload -> 'after' ->> 'nature' AS after, payload ->> 'reason' AS reason
FROM evidence WHERE kind = 'control' AND payload ->> 'action' = 'change';
SELECT * FROM verify_ledger('evidence');

-- and by nobody else
SET ROLE regress_soc2_collector;
SELECT record_evidence('control', control_id => 'ACC-01', payload => '{"action": "retire"}'); --fail
SELECT record_act('control'); --fail
SELECT record_control('ACC-01', 'retire', '{}'); --fail
SELECT adopt_controls(); --fail
SELECT create_control('X', 'x', 'x'); --fail
SELECT count(*) > 0 AS readable FROM control_catalogue;
RESET ROLE;
SET ROLE regress_soc2_auditor;
SELECT count(*) > 0 AS readable FROM control_catalogue;
SELECT count(*) > 0 AS readable FROM control_criteria, control_checks;
SELECT map_control('ACC-01', 'tsc:CC6.4', 'equal-to', 'x'); --fail
SELECT retire_control('ACC-01', 'x'); --fail
RESET ROLE;

DELETE FROM controls WHERE NOT shipped;
DELETE FROM control_criteria WHERE NOT shipped;
DELETE FROM control_checks WHERE NOT shipped;
SET client_min_messages = warning;
DROP ROLE regress_soc2_admin, regress_soc2_collector, regress_soc2_auditor;
