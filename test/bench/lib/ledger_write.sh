# For ledger.sh: rows into a ledger, a plain table and a chain in PL/pgSQL.
# shellcheck shell=sh disable=SC2154

columns='evidence_id, kind, control_id, check_id, criteria, subject, effective, recorded_at, recorded_by, payload'

# make the tables, the scripts of the clients and the lines of the table
write_setup()
{
	sql <<'SQL'
SET client_min_messages = warning;
CREATE UNLOGGED TABLE source AS
    SELECT gen_random_uuid() AS evidence_id, 'check_run' AS kind, 'AC-' || i % 50 AS control_id,
        'postgres.login.' || i % 100 AS check_id, '{tsc:CC6.1,tsc:CC6.2}'::soc2.criterion_set AS criteria,
        'role ' || md5(i::text) AS subject, tstzrange('2024-01-01 00:00+00', '2024-02-01 00:00+00') AS effective,
        '2024-02-01 10:00+00'::timestamptz + i * interval '1 second' AS recorded_at, 'collector'::name AS recorded_by,
        jsonb_build_object('population', i, 'failed', i % 7, 'query', md5(i::text), 'ok', i % 7 = 0) AS payload
    FROM generate_series(1, :rows) AS i;
COPY source TO :'file';
-- all of them have the same columns and indexes
CREATE TABLE ledger (LIKE soc2.evidence INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE plain (LIKE ledger INCLUDING ALL);
CREATE TABLE stored (LIKE ledger INCLUDING ALL);
CREATE TABLE scripted (LIKE ledger INCLUDING ALL);
SELECT soc2.create_ledger('ledger', '{payload,artifact}') \g /dev/null
ALTER TABLE plain ALTER evidence_id SET NOT NULL;

-- what a project writes for itself
CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last scripted;
BEGIN
    PERFORM pg_advisory_xact_lock(1);
    SELECT * INTO last FROM scripted WHERE ledger_lane = 0 ORDER BY ledger_seq DESC LIMIT 1;
    NEW.ledger_lane := 0;
    NEW.ledger_seq := coalesce(last.ledger_seq, 0) + 1;
    NEW.ledger_prev := coalesce(last.ledger_hash, decode(repeat('00', 32), 'hex')::soc2.digest);
    NEW.ledger_hash := digest(last.ledger_hash::bytea || convert_to(to_jsonb(NEW)::text, 'UTF8'), 'sha256')::soc2.digest;
    RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON scripted FOR EACH ROW EXECUTE FUNCTION chain();

-- as if nothing had been written or sealed
CREATE FUNCTION empty(t text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    emptied regclass[] := ARRAY[t::regclass];
    one regclass;
    guard name;
BEGIN
    IF t = 'ledger' THEN
        emptied := emptied || '{soc2.ledger_seals,soc2.ledger_seal_ranges,soc2.ledger_tiles}';
    END IF;
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    FOREACH one IN ARRAY emptied LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', one);
        EXECUTE format('TRUNCATE %s', one);
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', one);
        FOR guard IN SELECT tgname FROM pg_trigger WHERE tgrelid = one AND tgfoid = 'soc2.ledger_guard'::regproc LOOP
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', one, guard);
        END LOOP;
    END LOOP;
    ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
END $$;

INSERT INTO goal (work, measure, side, against, base_measure, base_side, ratio, at_least) VALUES
    ('INSERT ... SELECT', 'INSERT', 'ledger', 'no ledger', 'INSERT', 'plain', 1.6, false),
    ('INSERT ... SELECT', 'INSERT', 'ledger', 'the same rows stored', 'INSERT', 'stored', NULL, false),
    ('COPY', 'COPY', 'ledger', 'no ledger', 'COPY', 'plain', 1.8, false),
    ('COPY', 'COPY', 'ledger', 'the same rows stored', 'COPY', 'stored', NULL, false),
    ('16 clients, a row each', 'one', 'ledger', 'no ledger', 'one', 'plain', 0.9, true),
    ('32 clients, 5 ms to commit', 'pause', 'ledger', 'no ledger', 'pause', 'plain', 0.9, true),
    ('16 clients, a row each', 'one', 'ledger', 'chain in PL/pgSQL', 'one', 'scripted', 5, true),
    ('32 clients, 5 ms to commit', 'pause', 'ledger', 'chain in PL/pgSQL', 'pause', 'scripted', 5, true);
SQL
	values="gen_random_uuid(), 'check_run', 'AC-1', 'postgres.login', '{tsc:CC6.1,tsc:CC6.2}', 'role ' || :who, tstzrange('2024-01-01 00:00+00', NULL), now(), current_user, jsonb_build_object('population', :who, 'failed', 0)"
	for side in plain ledger scripted; do
		printf '\\set who random(1, 1000000)\nINSERT INTO %s (%s) VALUES (%s);\n' "$side" "$columns" "$values" \
			> "$scratch/one-$side.sql"
		{
			echo '\set who random(1, 1000000)'
			echo 'BEGIN;'
			echo "INSERT INTO $side ($columns) VALUES ($values);"
			echo 'SELECT pg_sleep(0.005);'
			echo 'COMMIT;'
		} > "$scratch/pause-$side.sql"
	done
}

# keep the rows of the ledger with their places and hashes
write_keep()
{
	sql -v kept="$scratch/rows.kept" <<'SQL'
CREATE UNLOGGED TABLE kept AS SELECT * FROM ledger;
COPY kept TO :'kept';
SQL
}

# a statement that fills a table: write_bulk SIDE MEASURE STATEMENT
write_bulk()
{
	sql -c "SELECT empty('$1')" -c 'CHECKPOINT' > /dev/null
	timed "$2" "$1" 'SET jit = off' "$3"
}

# transactions a second: write_clients SIDE
write_clients()
{
	for measure in one pause; do
		count=16
		[ "$measure" = one ] || count=32
		sql -c "SELECT empty('$1')" -c 'CHECKPOINT' > /dev/null
		clients "$count" "$measure" "$1" "$scratch/$measure-$1.sql"
	done
}
