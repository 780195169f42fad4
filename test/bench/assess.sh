#!/bin/sh
# What assessing costs: on an empty database, and with TABLES tables of ten columns
# and ROLES roles, at half of them and at all; against the same queries sent one by
# one by psql, in one session and in a session each. Medians of RUNS runs in turn.
#
# Fails if soc2.assess() and the queries do not find the same, or a check that ran
# on the empty database ends in an error on the full one; never because of times.
set -eu

tables=${TABLES:-10000}
roles=${ROLES:-2000}
runs=${RUNS:-5}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# Each query with its parameters in place, a file each, and all in one.
sql <<'SQL' > "$scratch/all.sql"
SELECT format(E'SELECT %L, count(*), count(*) FILTER (WHERE NOT ok) FROM (\n%s\n) AS p (resource, ok, reason);',
        check_id, replace(query, '$1', quote_literal(parameters) || '::jsonb'))
FROM soc2.checks_in_force WHERE enabled ORDER BY check_id COLLATE "C";
SQL
sql <<SQL > /dev/null
\\o $scratch/list
SELECT check_id FROM soc2.checks_in_force WHERE enabled ORDER BY check_id COLLATE "C";
SQL
while read -r check; do
	sql -v check="$check" <<'SQL' > "$scratch/$check.sql"
SELECT format(E'SELECT count(*) FROM (\n%s\n) AS p;', replace(query, '$1', quote_literal(parameters) || '::jsonb'))
FROM soc2.checks_in_force WHERE check_id = :'check';
SQL
done < "$scratch/list"
checks=$(wc -l < "$scratch/list")

# Seconds that a command takes.
seconds()
{
	start=$(date +%s%N)
	"$@" > /dev/null
	echo $((($(date +%s%N) - start) / 1000000)) | awk '{ printf "%.3f\n", $1 / 1000 }'
}

each()
{
	while read -r check; do sql -f "$scratch/$check.sql"; done < "$scratch/list"
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

label()
{
	case $1 in
	recorded) echo 'soc2.assess(), recorded' ;;
	unrecorded) echo 'soc2.assess(), unrecorded' ;;
	one_session) echo 'psql, the queries in one session' ;;
	session_each) echo 'psql, a session for each query' ;;
	esac
}

# Median times of the four ways.
measure()
{
	: > "$scratch/times"
	i=0
	while [ "$i" -lt "$runs" ]; do
		i=$((i + 1))
		{
			echo "recorded $(seconds sql -c 'SELECT soc2.assess()')"
			echo "unrecorded $(seconds sql -c 'SELECT soc2.assess(record => false)')"
			echo "one_session $(seconds sql -f "$scratch/all.sql")"
			echo "session_each $(seconds each)"
		} >> "$scratch/times"
	done
	for way in recorded unrecorded one_session session_each; do
		printf '  %-40s %8.3f s\n' "$(label $way)" "$(sed -n "s/^$way //p" "$scratch/times" | median)"
	done
}

# Both find the same.
compare()
{
	sql -F ' ' -c "SELECT check_id, population, failures FROM soc2.assess(record => false) ORDER BY check_id COLLATE \"C\"" > "$scratch/assessed"
	PGOPTIONS='-c search_path=pg_catalog -c timezone=UTC' sql -F ' ' -f "$scratch/all.sql" > "$scratch/queried"
	# what is looked at changes between the two where it is about sessions
	diff "$scratch/assessed" "$scratch/queried" > "$scratch/difference" ||
		[ "$(grep -c '^[<>]' "$scratch/difference")" -le 4 ] ||
		{ cat "$scratch/difference" >&2; exit 1; }
}

# Outcomes, the slowest checks, and how the memory of the backend grew, in kB.
profile()
{
	sql <<'SQL'
CREATE TEMP TABLE time (check_id text, outcome text, population bigint, seconds numeric);
CREATE TEMP TABLE memory AS
    SELECT 'before' AS at, substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::bigint AS kb;
DO $$
DECLARE
    c text;
    since timestamptz;
BEGIN
    FOR c IN SELECT check_id FROM soc2.checks_in_force WHERE enabled LOOP
        since := clock_timestamp();
        INSERT INTO time SELECT a.check_id, a.outcome, a.population FROM soc2.assess(c, record => false) AS a;
        UPDATE time SET seconds = extract(epoch FROM clock_timestamp() - since) WHERE check_id = c;
    END LOOP;
END $$;
INSERT INTO memory SELECT 'after', substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::bigint;
SELECT format('  %s checks, %s members, %s in error; memory at its highest %s MB, %s MB more than before',
    count(*), sum(population), count(*) FILTER (WHERE outcome IN ('error', 'insufficient_privilege')),
    (SELECT kb / 1024 FROM memory WHERE at = 'after'),
    (SELECT (max(kb) - min(kb)) / 1024 FROM memory))
FROM time;
SELECT format('  over 0.5 s: %-32s %s s, %s members', check_id, round(seconds, 3), population)
FROM time WHERE seconds > 0.5 ORDER BY seconds DESC;
SQL
}

# Tables and roles up to a number.
fill()
{
	sql -v tables="$1" -v roles="$2" <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS filler;
CREATE OR REPLACE PROCEDURE filler.fill(tables integer, roles integer) LANGUAGE plpgsql AS $$
DECLARE
    have integer := (SELECT count(*) FROM pg_class WHERE relnamespace = 'filler'::regnamespace AND relkind = 'r');
BEGIN
    FOR i IN have + 1 .. tables LOOP
        EXECUTE format('CREATE TABLE filler.t%s (id integer PRIMARY KEY, a text, b text, c text, d text,
            e date, f date, g numeric, h boolean, email text)', i);
        IF i % 500 = 0 THEN COMMIT; END IF;
    END LOOP;
    have := (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'filler%');
    FOR i IN have + 1 .. roles LOOP
        EXECUTE format('CREATE ROLE filler%s', i);
        EXECUTE format('GRANT SELECT ON filler.t%s TO filler%s', i, i);
    END LOOP;
END $$;
CALL filler.fill(:tables, :roles);
ANALYZE;
SQL
}

clean()
{
	sql <<'SQL'
SET client_min_messages = warning;
CREATE OR REPLACE PROCEDURE filler.clean() LANGUAGE plpgsql AS $$
DECLARE
    r text;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'filler%' LOOP
        EXECUTE format('DROP OWNED BY %I', r);
        EXECUTE format('DROP ROLE %I', r);
        COMMIT;
    END LOOP;
END $$;
CALL filler.clean();
SQL
}

echo "empty database, $checks checks"
measure
compare
profile
errors=$(sql -c "SELECT count(*) FROM soc2.assess(record => false) WHERE outcome = 'error'")
for part in 2 1; do
	fill $((tables / part)) $((roles / part))
	echo "$((tables / part)) tables with $((tables / part * 10)) columns, $((roles / part)) roles"
	measure
	profile
done
compare
[ "$(sql -c "SELECT count(*) FROM soc2.assess(record => false) WHERE outcome = 'error'")" -le "$errors" ]
clean
