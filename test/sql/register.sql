--
-- Registers: steps that rows may take, persons who may take them, deadlines.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_ada LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_ada2 LOGIN IN ROLE soc2_admin;
CREATE ROLE "regress_soc2 Bob" LOGIN IN ROLE soc2_admin;
RESET client_min_messages;
SET search_path = soc2, public;
SELECT current_user AS me \gset

INSERT INTO registers (register, relation, title, criteria, key_columns, state_column)
VALUES ('thing', 'public.things', 'things', '{tsc:CC1.1}', '{"thing id",part}', 'state');
INSERT INTO register_transitions VALUES
    ('thing', NULL, 'open', 'open', 'opened', '{}'),
    ('thing', 'open', 'approved', 'approve', 'approved', '{opened_by,owner}'),
    ('thing', 'open', 'dropped', 'drop', NULL, '{}'),
    ('thing', 'approved', 'open', 'reopen', NULL, '{}'),
    ('thing', 'approved', 'done', 'finish', NULL, '{approved_by}');
CREATE TABLE public.things ("thing id" text, part integer DEFAULT 1, state text DEFAULT 'open',
    owner text DEFAULT 'somebody', opened_at timestamptz, opened_by name, approved_at timestamptz, approved_by text);
CREATE TRIGGER soc2_step BEFORE INSERT OR UPDATE ON public.things
    FOR EACH ROW EXECUTE FUNCTION register_step('thing');
GRANT SELECT, INSERT, UPDATE ON public.things TO regress_soc2_ada, regress_soc2_ada2, "regress_soc2 Bob";
ALTER ROLE regress_soc2_ada SET search_path = soc2, public;
ALTER ROLE regress_soc2_ada2 SET search_path = soc2, public;
ALTER ROLE "regress_soc2 Bob" SET search_path = soc2, public;
SELECT identify_role('regress_soc2_ada', 'person', 'Ada');
SELECT identify_role('regress_soc2_ada2', 'service', 'Ada');

-- who acts is who logged in
SELECT login_role() = :'me' AS mine;
SET ROLE regress_soc2_ada;
SELECT login_role() = :'me' AS mine;
RESET ROLE;
SET SESSION AUTHORIZATION regress_soc2_ada;
SELECT login_role() = :'me' AS mine;
RESET SESSION AUTHORIZATION;
SELECT person_of('regress_soc2_ada'), person_of('regress_soc2_ada2'), person_of('regress_soc2 Bob'), person_of('nobody');
SELECT same_person('regress_soc2_ada', 'regress_soc2_ada2'), same_person('regress_soc2_ada', 'regress_soc2 Bob'),
    same_person('Ada', 'regress_soc2_ada'), same_person('x', NULL);
SELECT require_second_person('it', 'regress_soc2_ada', 'regress_soc2 Bob');
SELECT require_second_person('it', 'regress_soc2_ada', 'regress_soc2_ada2'); --fail
SELECT require_second_person('it', NULL, 'regress_soc2_ada2'); --fail

-- a row begins where it may, and who began it is not its writer's to choose
\c - regress_soc2_ada
INSERT INTO things ("thing id", opened_at, opened_by) VALUES ('a', '2020-01-01', 'regress_soc2 Bob')
    RETURNING state, opened_by, opened_at > '2026-01-01' AS now;
INSERT INTO things ("thing id", state) VALUES ('b', 'done'); --fail
INSERT INTO things ("thing id", state) VALUES ('b', 'Open'); --fail
INSERT INTO things ("thing id", state) VALUES ('b', NULL); --fail
INSERT INTO things ("thing id", approved_by) VALUES ('b', 'regress_soc2 Bob'); --fail
INSERT INTO things ("thing id", opened_by, approved_at) VALUES ('b', 'x', now()); --fail
-- steps
UPDATE things SET state = 'done'; --fail
UPDATE things SET state = 'gone'; --fail
UPDATE things SET "thing id" = 'c'; --fail
UPDATE things SET opened_by = 'x'; --fail
UPDATE things SET approved_at = now(); --fail
UPDATE things SET state = 'approved'; --fail
UPDATE things SET opened_by = opened_by, owner = 'regress_soc2 Bob';
-- the same person, under roles of hers
SET ROLE soc2_admin;
RESET ROLE;
\c - regress_soc2_ada2
UPDATE things SET state = 'approved'; --fail
-- another, who owns it
\c - "regress_soc2 Bob"
UPDATE things SET state = 'approved'; --fail
UPDATE things SET owner = 'somebody';
UPDATE things SET state = 'approved', approved_by = 'somebody'; --fail
UPDATE things SET state = 'approved' RETURNING approved_by, approved_at = clock_timestamp() AS never;
UPDATE things SET state = 'done'; --fail
\c - regress_soc2_ada
UPDATE things SET state = 'done' RETURNING state, approved_by;
-- what is final stays
UPDATE things SET owner = 'x'; --fail
UPDATE things SET state = 'open'; --fail

-- the owner of the table imports
\c - :me
SET search_path = soc2, public;
COPY things ("thing id", state, opened_at, opened_by, approved_by) FROM stdin (FORMAT csv);
d,done,2020-01-01,x,y
e,open,2020-01-01,x,
f,open,,,
g,approved,,,
\.
INSERT INTO things ("thing id", state) VALUES ('h', 'gone'); --fail
SELECT "thing id", state, opened_at < '2021-01-01' AS kept, opened_by = 'x' AS by_x, approved_by FROM things ORDER BY 1;

-- a trigger that is declared wrong
CREATE TABLE wrong (state text);
CREATE TRIGGER a BEFORE INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION register_step();
INSERT INTO wrong VALUES ('open'); --fail
DROP TRIGGER a ON wrong;
CREATE TRIGGER a BEFORE INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION register_step('nothing');
INSERT INTO wrong VALUES ('open'); --fail
DROP TRIGGER a ON wrong;
CREATE TRIGGER a BEFORE UPDATE ON wrong FOR EACH ROW EXECUTE FUNCTION register_step('thing');
INSERT INTO wrong VALUES ('open');
UPDATE wrong SET state = 'approved'; --fail
DROP TRIGGER a ON wrong;
CREATE TRIGGER a AFTER INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION register_step('thing');
INSERT INTO wrong VALUES ('open'); --fail
SELECT install_register('thing'); --fail

-- deadlines, whatever the session's zone: hours, over a change of the clocks; a month
-- that has fewer days; a day that has 23 hours; both; and the ends of time
SET TimeZone = 'UTC';
SELECT deadline('2026-03-27 23:30+01', '72 hours', 'Europe/Berlin') AS hours,
    deadline('2026-01-31 23:30+01', '1 month', 'Europe/Berlin') AS month,
    deadline('2026-03-28 23:30+01', '1 day', 'Europe/Berlin') AS day,
    deadline('2026-03-28 12:00+01', '1 day 12 hours', 'Europe/Berlin') AS both;
SET TimeZone = 'Pacific/Kiritimati';
SELECT deadline('2026-03-27 23:30+01', '72 hours', 'Europe/Berlin') = '2026-03-30 22:30Z'
    AND deadline('2026-01-31 23:30+01', '1 month', 'Europe/Berlin') = '2026-02-28 23:00Z'
    AND deadline('2026-03-28 23:30+01', '1 day', 'Europe/Berlin') = '2026-03-29 22:00Z'
    AND deadline('2026-03-28 12:00+01', '1 day 12 hours', 'Europe/Berlin') = '2026-03-30 10:00Z' AS same;
SELECT deadline('2026-06-01 00:30Z', '1 month') = '2026-07-02 00:00Z' AS utc,
    deadline('2026-06-01 00:30Z', '1 month', 'America/Los_Angeles') = '2026-07-01 07:00Z' AS day_before,
    deadline('infinity', '1 month'), deadline('-infinity', '1 hour'), deadline('2026-01-01', NULL);
SELECT deadline('2026-06-01 00:30Z', '1 month', 'Nowhere'); --fail

\c - :me
SET client_min_messages = warning;
SET search_path = soc2, public;
DROP TABLE things, wrong;
DELETE FROM registers WHERE register = 'thing';
DELETE FROM register_transitions WHERE register = 'thing';
DELETE FROM identities WHERE role_name LIKE 'regress%';
DROP ROLE regress_soc2_ada, regress_soc2_ada2, "regress_soc2 Bob";
