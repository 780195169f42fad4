# For registers.sh: a review of access of 2,000 roles and 10,000 objects, of which each
# has grants to eight roles. ACCESS_OBJECTS=n takes another number of objects.
# shellcheck shell=sh disable=SC2154

objects=${ACCESS_OBJECTS:-10000}

# make roles in groups in groups, and objects with what is granted on them
access_setup()
{
	{
		echo 'SET synchronous_commit = off;'
		echo 'CREATE SCHEMA access_bench;'
		awk -v objects="$objects" 'BEGIN {
			for (i = 1; i <= 200; i++)
				printf("CREATE ROLE access_bench_g%d%s;\n", i, (i > 3) ? " IN ROLE access_bench_g" int(i / 3) : "")
			for (i = 1; i <= 1800; i++)
				printf "CREATE ROLE access_bench_u%d LOGIN IN ROLE access_bench_g%d, access_bench_g%d;\n", i, i % 200 + 1, (i * 7 + 3) % 200 + 1
			for (i = 1; i <= objects; i++) {
				to = ""
				for (k = 1; k <= 4; k++)
					to = to sprintf("%saccess_bench_g%d, access_bench_u%d", (k > 1) ? ", " : "", (i * k) % 200 + 1, (i * (k + 6)) % 1800 + 1)
				if (i % 10 < 7) {
					printf "CREATE TABLE access_bench.t%d (id integer, a text);\n", i
					printf "GRANT SELECT, INSERT, UPDATE ON access_bench.t%d TO %s;\n", i, to
					if (i % 10 == 0)
						printf "GRANT SELECT (a) ON access_bench.t%d TO access_bench_u%d;\n", i, i % 1800 + 1
				} else if (i % 10 == 7) {
					printf "CREATE SEQUENCE access_bench.s%d;\nGRANT USAGE ON access_bench.s%d TO %s;\n", i, i, to
				} else {
					printf "CREATE FUNCTION access_bench.f%d(integer, text[]) RETURNS integer LANGUAGE sql RETURN 1;\n", i
					printf "GRANT EXECUTE ON FUNCTION access_bench.f%d TO %s;\n", i, to
				}
			}
		}'
		echo 'VACUUM ANALYZE;'
	} > "$scratch/access.sql"
	sql -c 'SET client_min_messages = warning' -f "$scratch/access.sql"
}

# a statement in a session of its own: prints its seconds and the most memory, in MB,
# that the backend had for itself
access_measure()
{
	rm -f "$scratch/access.pid" "$scratch/access.done"
	{
		printf '%s\n' "SELECT pg_backend_pid() \\g $scratch/access.pid" '\timing on' "$1" "\\! touch $scratch/access.done"
	} | sql > "$scratch/access.out" &
	psql_pid=$!
	peak=0
	while [ ! -e "$scratch/access.done" ] && kill -0 "$psql_pid" 2> /dev/null; do
		if [ -s "$scratch/access.pid" ]; then
			own=$(awk '/^RssAnon:/ { print $2 }' "/proc/$(cat "$scratch/access.pid")/status" 2> /dev/null) || own=
			[ "${own:-0}" -le "$peak" ] || peak=$own
		fi
		sleep 0.05
	done
	wait "$psql_pid"
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$scratch/access.out" |
		awk -v peak="$peak" '{ s += $1 } END { printf "%.1f s, at most %d MB\n", s / 1000, peak / 1024 }'
}

# a review from its beginning to its end
access_run()
{
	echo "a review of 2,000 roles x $objects objects, seconds and memory of the backend (shared memory not counted):"
	echo "  freezing it (target: < 30 s): $(access_measure "SELECT soc2.start_access_review('bench') \\g /dev/null")"
	sql <<'SQL'
SELECT format('  %s entries: %s', sum(count), string_agg(format('%s %s', count, kind), ', ' ORDER BY count DESC))
FROM (SELECT kind, count(*) FROM soc2.access_review_entries GROUP BY kind) AS k;
SQL
	echo "  deciding all of them at once: $(access_measure "SELECT soc2.decide_access_entries(review_id, 'revoke', 'bench', others_only => true) FROM soc2.access_reviews \\g /dev/null")"
	echo "  the script: $(access_measure "SELECT count(*) FROM soc2.access_reviews AS v, soc2.revoke_script(v.review_id) \\g /dev/null")"
	echo "  looking what is not done: $(access_measure "SELECT count(*) FROM soc2.access_reviews AS v, soc2.access_review_problems(v.review_id) \\g /dev/null")"
	echo "  closing it, with nothing done: $(access_measure "SELECT count(*) FROM soc2.access_reviews AS v, soc2.close_campaign(v.review_id) \\g /dev/null")"
	echo "  as CSV: $(access_measure "SELECT octet_length(soc2.access_review_csv(review_id)) FROM soc2.access_reviews \\g /dev/null")"
}

# roles are not the database's alone
access_end()
{
	sql > /dev/null <<'SQL'
SELECT format('DROP %s access_bench.%I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
FROM pg_class WHERE relnamespace = 'access_bench'::regnamespace AND relkind IN ('r', 'S') \gexec
SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'access_bench'::regnamespace \gexec
DROP SCHEMA access_bench;
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname ~ '^access_bench' \gexec
SQL
}
