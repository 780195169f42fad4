--
-- Coverage: what follows from the relations of controls to criteria, along the
-- hierarchy and over the crosswalk; gaps; the customer's duties.
--
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';

-- what follows from two relations: all sixteen
WITH r (relation, place) AS (
    SELECT * FROM unnest('{equal-to,superset-of,subset-of,intersects-with}'::text[]) WITH ORDINALITY)
SELECT a.relation AS "first", b.relation AS "second", compose_relations(a.relation, b.relation)
FROM r AS a, r AS b ORDER BY a.place, b.place;
-- and it holds of sets: the relation of A and C, whatever sets of three things A, B and C are
WITH thing (s) AS (SELECT generate_series(1, 7)::bit(3)),
pair AS (
    SELECT a.s AS a, b.s AS b,
        CASE WHEN a.s = b.s THEN 'equal-to'
             WHEN a.s & b.s = b.s THEN 'superset-of'
             WHEN a.s & b.s = a.s THEN 'subset-of'
             WHEN a.s & b.s <> 0::bit(3) THEN 'intersects-with' END AS relation
    FROM thing AS a, thing AS b),
claim AS (
    SELECT compose_relations(x.relation, y.relation) AS claimed, z.relation AS real
    FROM pair AS x JOIN pair AS y ON y.a = x.b JOIN pair AS z ON z.a = x.a AND z.b = y.b)
SELECT claimed, array_agg(DISTINCT coalesce(real, '(none)') ORDER BY coalesce(real, '(none)')) AS real
FROM claim GROUP BY claimed ORDER BY claimed;
SELECT relation_covers(r) FROM unnest('{equal-to,superset-of,subset-of,intersects-with}'::text[]) AS r;
SELECT coverage_state(true, true, true), coverage_state(false, true, true),
    coverage_state(false, false, true), coverage_state(false, false, false);

-- nothing adopted: everything is a gap, but the customer's duties
SELECT set_scope('{A,C,PI,P}');
SELECT state, count(*) FROM coverage('tsc') GROUP BY 1;
SELECT state, count(*) FROM coverage('outline') GROUP BY 1 ORDER BY 1;
SELECT * FROM coverage_summary('tsc');

-- made for this test: four relations, each to a criterion that nothing else is about
SELECT create_control('T-1', 'equal', 'x'), create_control('T-2', 'superset', 'x'),
    create_control('T-3', 'subset', 'x'), create_control('T-4', 'intersects', 'x'), create_control('T-5', 'draft', 'x');
SELECT map_control('T-1', 'tsc:A1.3', 'equal-to', 'x'), map_control('T-2', 'tsc:CC9', 'superset-of', 'x'),
    map_control('T-3', 'tsc:C1.1', 'subset-of', 'x'), map_control('T-4', 'tsc:PI1.4', 'intersects-with', 'x'),
    map_control('T-5', 'tsc:CC1.1', 'equal-to', 'x');
SELECT link_check('T-1', 'tls.on'), link_check('T-2', 'tls.on'), link_check('T-2', 'auth.hba_no_trust'), link_check('T-3', 'tls.on');
SELECT code, state FROM coverage('tsc') WHERE state <> 'gap';
SELECT adopt_controls('{T-1,T-2,T-3,T-4}', '2026-01-01');
SELECT code, state, controls, covering, through_crosswalk, checks, placements FROM coverage('tsc') WHERE state <> 'gap';
-- a series whose criteria are all covered is covered, one of which one is not is not
SELECT code, state, controls, covering FROM coverage('tsc', 1) WHERE state <> 'gap';
SELECT code, state FROM coverage('tsc', 0);
SELECT code, state FROM coverage('tsc', 3) WHERE state <> 'gap' ORDER BY criterion;
-- the other framework, by the crosswalk alone; CC1.1 is equal there, and T-5 a draft
SELECT code, state, controls, covering, through_crosswalk FROM coverage('outline') WHERE controls > 0;
SELECT r.control_id, r.criterion, r.relation, r.path, r.mapped FROM control_reach() AS r
WHERE level(r.criterion) = 2 ORDER BY 1, 2, 3;
SELECT adopt_controls('{T-5}');
SELECT code, state, covering, through_crosswalk FROM coverage('outline') WHERE code = 'CC1.1';
-- a rejected relation carries nothing
BEGIN;
INSERT INTO crosswalk (source, target, relation, status) VALUES ('outline:CC1.1', 'tsc:CC1.1', 'equal-to', 'rejected');
SELECT code, state FROM coverage('outline') WHERE code = 'CC1.1';
ROLLBACK;
-- the customer's duties are never covered, whatever is mapped to them
SELECT count(*) > 0 AS some FROM criteria WHERE is_cuec AND level = 2;
BEGIN;
SELECT count(map_control('T-1', criterion, 'superset-of', 'x')::text) > 0 AS mapped FROM criteria WHERE is_cuec;
SELECT is_cuec, state, count(*) FROM coverage('outline') WHERE is_cuec GROUP BY 1, 2;
ROLLBACK;
-- more controls of one check: one check in several places
SELECT link_check('T-5', 'tls.on');
SELECT map_control('T-5', 'tsc:A1.3', 'intersects-with', 'x');
SELECT code, controls, covering, checks, placements FROM coverage('tsc') WHERE code = 'A1.3';
SELECT * FROM coverage_summary('tsc');
-- what is out of scope is not counted
SELECT set_scope('{A}');
SELECT criteria FROM coverage_summary('tsc');
SELECT DISTINCT category FROM coverage('tsc') ORDER BY 1;
-- on another day: before anything was in force, and after one was retired
SELECT count(*) AS reached FROM coverage('tsc', on_day => '2025-12-31') WHERE controls > 0;
SELECT retire_control('T-1', 'x', '2026-02-01');
SELECT state FROM coverage('tsc', on_day => CURRENT_DATE) WHERE code = 'A1.3';

-- gaps: what there is in part, and what the library would do
SELECT code, state, controls, library FROM gaps('tsc') WHERE code IN ('A1.1', 'A1.3', 'CC1.2', 'CC9.1') ORDER BY criterion;
SELECT code, library FROM gaps('outline') WHERE code = 'CC1.3';
SELECT (SELECT count(*) FROM gaps('tsc')) = (SELECT gap + partial FROM coverage_summary('tsc')) AS as_many;

-- the setting decides where nothing is said
SET soc2.framework = 'outline';
SELECT DISTINCT framework FROM coverage();
RESET soc2.framework;
SELECT * FROM coverage('soc1'); --fail
SELECT * FROM gaps('TSC'); --fail
SELECT count(*) FROM coverage('tsc', 7);

-- an auditor sees the same
SET ROLE soc2_auditor;
SELECT count(*) > 0 AS readable FROM coverage('tsc');
SELECT count(*) > 0 AS readable FROM gaps('outline');
SELECT criteria FROM coverage_summary('tsc');
RESET ROLE;

DELETE FROM scope_changes;
DELETE FROM controls WHERE NOT shipped;
DELETE FROM control_criteria WHERE NOT shipped;
DELETE FROM control_checks WHERE NOT shipped;
