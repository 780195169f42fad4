--
-- Reconciliations: two queries that must agree, run as the role that made them,
-- reading only, with an error as a result of its own.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_definer IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector IN ROLE soc2_collector;
RESET client_min_messages;
SET search_path = soc2, public;
CREATE SCHEMA regress_books;
CREATE TABLE regress_books.here (id integer, amount numeric);
CREATE TABLE regress_books.there (id integer, amount numeric);
CREATE TABLE regress_books.secret (amount numeric);
INSERT INTO regress_books.here VALUES (1, 1.50), (2, 2);
INSERT INTO regress_books.there VALUES (1, 1.5), (2, 2.00);
INSERT INTO regress_books.secret VALUES (3.5);
GRANT USAGE ON SCHEMA regress_books TO regress_soc2_definer, regress_soc2_collector;
GRANT SELECT ON regress_books.here, regress_books.there TO regress_soc2_definer;

-- made by a definer; what cannot be parsed, or read, is refused
SET ROLE regress_soc2_definer;
SELECT create_reconciliation('totals', 'here and there', 'SELECT count(*), sum(amount) FROM regress_books.here -- both',
    'SELECT count(*) AS n, sum(amount) AS "Sum" FROM regress_books.there');
SELECT create_reconciliation('totals', 'again', 'SELECT 1', 'SELECT 1'); --fail
SELECT create_reconciliation('x', 'x', 'SELEC 1', 'SELECT 1'); --fail
SELECT create_reconciliation('x', 'x', 'SELECT 1', 'SELECT 1; DROP TABLE regress_books.here'); --fail
SELECT create_reconciliation('x', 'x', 'SELECT 1', 'UPDATE regress_books.here SET id = 3 RETURNING id'); --fail
SELECT create_reconciliation('x', 'x', 'SELECT count(*) FROM here', 'SELECT 1'); --fail
SELECT create_reconciliation('x', 'x', NULL, 'SELECT 1'); --fail
SELECT create_reconciliation('x', 'x', 'SELECT 1', 'SELECT 1', '0'); --fail
SELECT create_reconciliation('', 'x', 'SELECT 1', 'SELECT 1'); --fail
INSERT INTO reconciliations (reconciliation, title, left_query, right_query, definer)
VALUES ('x', 'x', 'SELECT 1', 'SELECT 1', 'postgres'); --fail
UPDATE reconciliations SET left_query = 'SELECT 1'; --fail
SELECT reconciliation, definer, frequency FROM reconciliations;
RESET ROLE;
SELECT * FROM reconcile();
INSERT INTO regress_books.there VALUES (3, 1);
SELECT * FROM reconcile('totals');
SELECT * FROM reconcile('no such'); --fail
SELECT reconciliation, run_at >= (SELECT min(run_at) FROM reconciliation_runs) AS newest, is_stale, balanced, right_result
FROM reconciliation_status;

-- what queries do, or fail to do
CREATE FUNCTION regress_books.write() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN DELETE FROM regress_books.there; RETURN 1; END $$;
SELECT create_reconciliation(n, n, l, r) FROM (VALUES
    ('a no row', 'SELECT 1 WHERE false', 'SELECT 1'),
    ('b two rows', 'SELECT amount FROM regress_books.here', 'SELECT 1'),
    ('c error', 'SELECT 1 / (count(*) - count(*)) FROM regress_books.here', 'SELECT 1'),
    ('d null', 'SELECT NULL::integer', 'SELECT NULL::integer'),
    ('e null and 0', 'SELECT NULL::integer', 'SELECT 0'),
    ('f order', 'SELECT 1 AS a, 2 AS b', 'SELECT 2 AS b, 1 AS a'),
    ('g same names', 'SELECT 1 AS a, 2 AS a', 'SELECT 1, 2'),
    ('h write', 'SELECT regress_books.write()', 'SELECT 1'),
    ('i types', 'SELECT 1::bigint, 1.0, ''x''::name, NULL', 'SELECT 1, 1, ''x''::text, NULL')) AS t (n, l, r);
SELECT * FROM reconcile() WHERE name <> 'totals';
SELECT count(*) FROM regress_books.there;
SELECT drop_reconciliation(reconciliation) FROM reconciliations WHERE reconciliation <> 'totals';

-- as its definer, and for those alone who can become that role
SELECT create_reconciliation('as owner', 'x', 'SELECT sum(amount) FROM regress_books.secret', 'SELECT 3.5');
SELECT balanced FROM reconcile('as owner');
SET SESSION AUTHORIZATION regress_soc2_collector;
SELECT balanced, error FROM reconcile('as owner');
RESET SESSION AUTHORIZATION;
REVOKE SELECT ON regress_books.there FROM regress_soc2_definer;
SELECT balanced, error FROM reconcile('totals');
GRANT regress_soc2_definer TO regress_soc2_collector;
GRANT SELECT ON regress_books.there TO regress_soc2_definer;
DELETE FROM regress_books.there WHERE id = 3;
SET SESSION AUTHORIZATION regress_soc2_collector;
SELECT balanced, error FROM reconcile('totals');
SELECT drop_reconciliation('none'); --fail
RESET SESSION AUTHORIZATION;
SELECT run_by, balanced FROM reconciliation_runs WHERE reconciliation = 'totals' ORDER BY run_at DESC LIMIT 1;
BEGIN READ ONLY;
SELECT * FROM reconcile(); --fail
ROLLBACK;
-- a role that is gone runs nothing
REVOKE regress_soc2_definer FROM regress_soc2_collector;
DROP OWNED BY regress_soc2_definer;
DROP ROLE regress_soc2_definer;
SELECT balanced, error FROM reconcile('totals');
SELECT drop_reconciliation('totals');
SELECT drop_reconciliation('totals'); --fail
SELECT drop_reconciliation('as owner');
SELECT count(*) > 0 AS kept FROM reconciliation_runs WHERE reconciliation = 'totals';

TRUNCATE reconciliation_runs;
SET client_min_messages = warning;
DROP SCHEMA regress_books CASCADE;
DROP OWNED BY regress_soc2_collector;
DROP ROLE regress_soc2_collector;
