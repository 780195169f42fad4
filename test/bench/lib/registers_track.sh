# For registers.sh: changes of rows of a tracked table, of one whose rows are recorded
# apart, of one without either, and of one that an audit trigger of its own in PL/pgSQL
# copies row by row.
# shellcheck shell=sh disable=SC2154

# make the tables, the scripts of the clients and the lines of the table
track_setup()
{
	sql <<'SQL'
SET client_min_messages = warning;
CREATE UNLOGGED TABLE source AS
    SELECT i::bigint AS id, (i % 1000)::integer AS customer, 'open'::text AS status, (i / 7.0)::numeric(12,2) AS amount,
        timestamptz '2024-01-01 00:00+00' + i * interval '1 second' AS placed
    FROM generate_series(1, :rows) AS i;
CREATE TABLE plain (id bigint PRIMARY KEY, customer integer NOT NULL, status text NOT NULL, amount numeric(12,2),
    placed timestamptz NOT NULL);
CREATE TABLE tracked (LIKE plain INCLUDING ALL);
CREATE TABLE apart (LIKE plain INCLUDING ALL);
CREATE TABLE scripted (LIKE plain INCLUDING ALL);
SELECT soc2.track_changes('tracked') \g /dev/null
SELECT soc2.track_changes('apart', apart => true) \g /dev/null

-- what a project writes for itself, without a chain
CREATE TABLE audit (id bigserial PRIMARY KEY, at timestamptz, who name, action text, old jsonb, new jsonb);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (at, who, action, old, new)
    VALUES (clock_timestamp(), session_user, TG_OP, CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON scripted FOR EACH ROW EXECUTE FUNCTION audit();

-- and what it means to write them anew
CREATE FUNCTION empty(t text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', t);
    EXECUTE format('TRUNCATE %I', t);
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', t);
    ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
END $$;
INSERT INTO goal (work, measure, side, against, base_side, ratio, at_least) VALUES
    ('INSERT ... SELECT, tracked', 'insert', 'tracked', 'untracked', 'plain', 2.5, false),
    ('INSERT ... SELECT, tracked apart', 'insert', 'apart', 'untracked', 'plain', NULL, false),
    ('INSERT ... SELECT, PL/pgSQL, no chain', 'insert', 'scripted', 'tracked', 'tracked', NULL, true),
    ('UPDATE of all rows, tracked', 'update', 'tracked', 'untracked', 'plain', NULL, false),
    ('DELETE of all rows, tracked', 'delete', 'tracked', 'untracked', 'plain', NULL, false),
    ('16 clients, UPDATE of a row each, tracked', 'one', 'tracked', 'untracked', 'plain', 0.75, true),
    ('16 clients, PL/pgSQL, no chain', 'one', 'scripted', 'untracked', 'plain', NULL, true);
SQL
	for side in plain tracked scripted; do
		printf '\\set id random(1, %s)\nUPDATE %s SET amount = amount + 1 WHERE id = :id;\n' "$rows" "$side" \
			> "$scratch/one-$side.sql"
	done
}

# each kind of work once
track_run()
{
	for side in plain tracked apart scripted; do
		sql -c "SELECT empty('$side')" -c 'CHECKPOINT' > /dev/null
		timed insert "$side" 'SET jit = off' "INSERT INTO $side SELECT * FROM source"
	done
	for side in plain tracked scripted; do
		sql -c "VACUUM ANALYZE $side" -c 'CHECKPOINT'
		clients 16 one "$side" "$scratch/one-$side.sql"
	done
	for side in plain tracked; do
		sql -c "VACUUM $side" -c 'CHECKPOINT'
		timed update "$side" 'SET jit = off' "UPDATE $side SET status = 'closed'"
		sql -c 'CHECKPOINT'
		timed delete "$side" 'SET jit = off' "DELETE FROM $side"
	done
}

# the history is whole, and time to read it
track_end()
{
	verify soc2.row_changes
	psql -X -q -v ON_ERROR_STOP=1 -P footer=off <<'SQL'
SELECT action, count(*) AS "rows of the ledger", sum(row_count) AS "rows changed", pg_size_pretty(sum(octet_length(changes::text))) AS "JSON"
FROM soc2.row_changes WHERE track_id = (SELECT track_id FROM soc2.tracked_tables WHERE relation = 'tracked'::regclass) AND bucket IS NOT NULL
GROUP BY action ORDER BY action;
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) SELECT * FROM soc2.history('tracked', 4711);
SQL
}
