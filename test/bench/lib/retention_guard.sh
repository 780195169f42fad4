# For retention.sh: what the guards cost those who delete, insert and select.
#
# Tables with the same rows, all of which may go: with no trigger, with one in C that
# does nothing, guarded, with a guard in PL/pgSQL that looks its policy up, guarded
# as one whose rows belong to subjects, and the same while a million other subjects
# are held, once with what a session first has to read about them, and once without.
# shellcheck shell=sh disable=SC2154

guard_rows=$((rows / 8))
guard_sides='plain noop guarded scripted subject'

# make the tables and the lines of the table
guard_setup()
{
	cc -shared -fPIC -O2 -I"$("$PG_CONFIG" --includedir-server)" -o "$scratch/noop_trigger.so" "$lib/noop_trigger.c"
	sql -v guard_rows="$guard_rows" -v library="$scratch/noop_trigger" <<'SQL'
SET client_min_messages = warning;
CREATE UNLOGGED TABLE guard_source AS
    SELECT i AS id, i % 100000 AS client, timestamptz '2001-01-01 00:00+00' + i * interval '1 second' AS closed,
        'note ' || i AS note
    FROM generate_series(1, :guard_rows) AS i;
CREATE TABLE plain (id bigint PRIMARY KEY, client bigint, closed timestamptz NOT NULL, note text);
CREATE TABLE noop (LIKE plain INCLUDING ALL);
CREATE TABLE guarded (LIKE plain INCLUDING ALL);
CREATE TABLE scripted (LIKE plain INCLUDING ALL);
CREATE TABLE subject (LIKE plain INCLUDING ALL);
CREATE FUNCTION noop_trigger() RETURNS trigger LANGUAGE c AS :'library';
CREATE TRIGGER noop BEFORE DELETE ON noop FOR EACH ROW EXECUTE FUNCTION noop_trigger();
SELECT soc2.set_retention('guarded', 'bench', 'closed') \g /dev/null
SELECT soc2.set_retention('subject', 'bench', 'closed') \g /dev/null
SELECT soc2.set_subject('subject', 'client', kind => 'client') \g /dev/null

-- what a project writes for itself
CREATE TABLE policy (relation regclass PRIMARY KEY, period interval NOT NULL);
INSERT INTO policy VALUES ('scripted', '2 years');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed + (SELECT period FROM policy WHERE relation = TG_RELID) > now() THEN
        RAISE EXCEPTION 'row is retained';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep BEFORE DELETE ON scripted FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO goal (work, side, against, base_side, ratio, at_least) VALUES
    ('DELETE, guarded', 'delete guarded', 'a trigger in C that does nothing', 'delete noop', 1.15, false),
    ('DELETE, PL/pgSQL guard', 'delete scripted', 'guarded', 'delete guarded', 3, true),
    ('DELETE, 1000000 subjects held', 'delete held', 'none held', 'delete subject', 1.6, false),
    ('the same, the first of a session', 'delete first', 'none held', 'delete subject', NULL, NULL),
    ('INSERT, guarded', 'insert guarded', 'no guard', 'insert plain', 1.05, false),
    ('SELECT, guarded', 'select guarded', 'no guard', 'select plain', 1.05, false);
SQL
}

# fill a table
guard_fill()
{
	timed "insert $1" "INSERT INTO $1 SELECT * FROM guard_source"
	sql -c "VACUUM ANALYZE $1" -c CHECKPOINT
}

# hold other subjects, as soc2.place_hold() would one by one
guard_hold()
{
	sql <<'SQL' > /dev/null
SELECT soc2.open_matter('Bench', ref => 'bench');
SELECT soc2.place_hold('bench', subject => 'client:1000000');
INSERT INTO soc2.holds (matter_ref, subject, placed_by)
    SELECT 'bench', 'client:' || i, CURRENT_USER FROM generate_series(1000001, 1999999) AS i;
SQL
}

# measure one table, whose rows all go: guard_measure TABLE SIDE [FIRST]
guard_measure()
{
	guard_fill "$1"
	timed "select $1" "SELECT count(*), min(note) FROM $1 WHERE id > 0"
	timed "delete $2" "DELETE FROM $1 WHERE closed < '2026-01-01'" "${3:-}"
	[ "$(sql -c "SELECT count(*) FROM $1")" = 0 ]
}

# all sides in turn, then those with holds
guard_run()
{
	run=0
	while [ "$run" -lt "$runs" ]; do
		run=$((run + 1))
		for side in $guard_sides; do
			guard_measure "$side" "$side"
		done
	done
	guard_hold
	run=0
	while [ "$run" -lt "$runs" ]; do
		run=$((run + 1))
		guard_measure subject held 'BEGIN; DELETE FROM subject WHERE id = 1; ROLLBACK'
		guard_measure subject first
	done
}
