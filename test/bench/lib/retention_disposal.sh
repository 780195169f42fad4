# For retention.sh: disposing of half of the rows of a guarded table.
# shellcheck shell=sh disable=SC2154

# a guarded table with all the rows, as if it had always been there; the rest of its
# definition, and its partitions: disposal_fill REST PARTITIONS
disposal_fill()
{
	sql <<SQL
SET client_min_messages = warning;
BEGIN;
SET LOCAL soc2.bypass = 'bench';
DROP TABLE IF EXISTS ticket;
COMMIT;
CREATE TABLE ticket (id bigint, closed timestamptz NOT NULL, note text, $1;
$2
INSERT INTO ticket SELECT * FROM source;
CREATE INDEX ON ticket (closed);
SELECT soc2.set_retention('ticket', 'bench', 'closed') \g /dev/null
VACUUM ANALYZE ticket;
CHECKPOINT;
SQL
}

# a plan for it, approved by a second person
disposal_approved()
{
	plan=$(sql -c "SELECT soc2.plan_disposal('ticket')")
	sql -c 'SET SESSION AUTHORIZATION bench_custodian' -c "SELECT soc2.approve_disposal($plan)" > /dev/null
}

# half of the rows are left
disposal_verify()
{
	[ "$(sql -c "SELECT count(*) = $rows - $rows / 2 FROM ticket")" = t ]
}

# make the rows and the lines of the table
disposal_setup()
{
	sql <<'SQL'
CREATE ROLE bench_custodian IN ROLE soc2_custodian;
GRANT soc2_bypass TO CURRENT_USER;
CREATE UNLOGGED TABLE source AS
    SELECT i AS id, CASE WHEN (i <= :rows / 2) THEN timestamptz '2001-01-01 00:00+00' ELSE timestamptz '9000-01-01 00:00+00' END
        + i * interval '1 second' AS closed, 'note ' || i AS note
    FROM generate_series(1, :rows) AS i;
INSERT INTO goal (work, side, against, base_side, ratio, at_least) VALUES
    ('run_disposal', 'run', 'one DELETE', 'delete', 1.2, false),
    ('id IN (... LIMIT 10000) in a loop', 'loop', 'run_disposal', 'run', 3, true),
    ('one DELETE', 'delete', 'run_disposal of a whole partition', 'partition', 5, true);
SQL
}

# each way once
disposal_run()
{
	disposal_fill 'PRIMARY KEY (id))' ''
	timed delete "DELETE FROM ticket WHERE closed < '2026-01-01'"
	disposal_verify
	disposal_fill 'PRIMARY KEY (id))' ''
	timed loop "DO \$\$ BEGIN LOOP
		DELETE FROM ticket WHERE id IN (SELECT id FROM ticket WHERE closed < '2026-01-01' ORDER BY closed LIMIT 10000);
		EXIT WHEN NOT FOUND;
		COMMIT;
	END LOOP; END \$\$"
	disposal_verify
	disposal_fill 'PRIMARY KEY (id))' ''
	disposal_approved
	timed run "CALL soc2.run_disposal($plan, max_wal => '1 TB', max_duration => '1 day')"
	disposal_verify
	disposal_fill 'PRIMARY KEY (id, closed)) PARTITION BY RANGE (closed)' \
		"CREATE TABLE ticket_old PARTITION OF ticket FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
		CREATE TABLE ticket_new PARTITION OF ticket FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"
	disposal_approved
	timed partition "CALL soc2.run_disposal($plan)"
	disposal_verify
}
