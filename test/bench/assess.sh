#!/bin/sh
# What assessing costs: on an empty database, and with TABLES tables of ten columns
# and ROLES roles, at a quarter, at half of them and at all; against the same queries
# sent one by one by psql, in one session and in a session each. Medians of RUNS runs
# in turn, how they grow, the slowest checks, and the memory of a backend that
# assesses once, five times, and a population of ten million.
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

# A value out of the measurements of a size: value SIZE WAY
value()
{
	sed -n "s/^$1 $2 //p" "$scratch/medians"
}

# How often the second value goes into the first
ratio()
{
	echo "$1 $2" | awk '{ printf "%.2f", ($2 > 0) ? $1 / $2 : 0 }'
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

# Median times of the four ways: measure SIZE
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
		echo "$1 $way $(sed -n "s/^$way //p" "$scratch/times" | median)" >> "$scratch/medians"
	done
	for way in recorded unrecorded one_session session_each; do
		printf '  %-40s %8.3f s, %s times the queries in one session\n' "$(label $way)" \
			"$(value "$1" $way)" "$(ratio "$(value "$1" $way)" "$(value "$1" one_session)")"
	done
}

# A target and whether the median of a way meets it: target SIZE WAY SECONDS
target()
{
	echo "$(value "$1" "$2") $3" |
		awk -v way="$(label "$2")" '{ printf "  %-40s target %s s: %s\n", way, $2, $1 <= $2 ? "met" : "missed" }'
}

# How the median of a way grows from a size to the double: grows HALF ALL WAY
grows()
{
	echo "$(value "$1" "$3") $(value "$2" "$3") $1 $2" | awk -v way="$(label "$3")" '{
		printf "  %-40s %.2f times from %d tables to %d, n log n: %.2f\n",
			way, $2 / $1, $3, $4, $4 * log($4) / ($3 * log($3)) }'
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

# Outcomes and the slowest checks
profile()
{
	sql <<'SQL'
CREATE TEMP TABLE time (check_id text, outcome text, population bigint, seconds numeric);
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
SELECT format('  %s checks, %s members, %s in error; %s over 2 s', count(*), sum(population),
    count(*) FILTER (WHERE outcome IN ('error', 'insufficient_privilege')), count(*) FILTER (WHERE seconds > 2))
FROM time;
SELECT format('  slowest: %-32s %s s, %s members', check_id, round(seconds, 3), population)
FROM time ORDER BY seconds DESC LIMIT 3;
SQL
}

# Memory of a new backend, in MB: its own as it is, and what it held at its highest
# with shared buffers; memory LABEL STATEMENT REPEAT
memory()
{
	sql -v statement="$2" -v repeat="$3" -v label="$1" <<'SQL'
SELECT set_config('bench.statement', :'statement', false), set_config('bench.repeat', :'repeat', false) \g /dev/null
DO $$
BEGIN
    FOR i IN 1 .. current_setting('bench.repeat')::integer LOOP
        EXECUTE current_setting('bench.statement');
    END LOOP;
END $$;
SELECT format('  memory, %-30s %s MB, %s MB in memory contexts, %s MB at its highest', :'label',
    substring(status FROM 'RssAnon:\s*(\d+)')::bigint / 1024,
    (SELECT sum(total_bytes) / 1048576 FROM pg_backend_memory_contexts)::bigint,
    substring(status FROM 'VmHWM:\s*(\d+)')::bigint / 1024)
FROM pg_read_file('/proc/self/status') AS status;
SQL
}

memories()
{
	memory 'not assessed' 'SELECT 1' 1
	memory 'assessed once' 'SELECT soc2.assess(record => false)' 1
	memory 'assessed five times' 'SELECT soc2.assess(record => false)' 5
	memory 'recorded five times' 'SELECT soc2.assess()' 5
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
measure 0
target 0 recorded 0.5
target 0 unrecorded 0.2
compare
profile
memories
errors=$(sql -c "SELECT count(*) FROM soc2.assess(record => false) WHERE outcome = 'error'")
for part in 4 2 1; do
	size=$((tables / part))
	fill $size $((roles / part))
	echo "$size tables with $((size * 10)) columns, $((roles / part)) roles"
	measure $size
	profile
	memories
	[ "$part" = 4 ] || for way in recorded unrecorded one_session; do grows $((size / 2)) $size $way; done
done
target "$tables" recorded 20
target "$tables" unrecorded 20
compare
[ "$(sql -c "SELECT count(*) FROM soc2.assess(record => false) WHERE outcome = 'error'")" -le "$errors" ]
clean

echo "a population of ten million"
for members in 1000000 10000000; do
	sql -v members=$members <<'SQL'
SELECT soc2.create_check('bench.members_' || :'members', 'many', 'low',
    format('SELECT n::text, n %% 100 <> 0, ''x''::text FROM generate_series(1, %s) AS n', :'members'),
    '{tsc:CC1}', 'measure', 'none', timeout => '1 hour') \g /dev/null
SQL
	memory "$members members" "SELECT soc2.assess('bench.members_$members', record => false)" 1
done
sql -c "SELECT soc2.drop_check('bench.members_1000000', 'measured'), soc2.drop_check('bench.members_10000000', 'measured')" > /dev/null
