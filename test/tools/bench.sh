#!/bin/sh
# make bench: run test/bench/*.sh in a private server with the extension.
#
# Each script gets PGHOST, PGPORT, PGUSER and PGDATABASE of a fresh database of
# its own with soc2 in it. The server has default settings: commits are durable.
# ONLY=name runs the scripts whose name contains it.
set -eu

if [ -z "${SOC2_STAGE:-}" ]; then
	here=$(dirname "$0")
	sh "$here/../deps.sh" demo
	exec sh "$here/stage.sh" sh test/tools/bench.sh
fi

{ make && make install; } > "$SOC2_STAGE/logs/build.log" 2>&1 || {
	tail -n 40 "$SOC2_STAGE/logs/build.log" >&2
	exit 1
}
sh test/tools/server.sh start bench
PGHOST=$SOC2_STAGE/s PGPORT=5432 PGUSER=postgres
export PGHOST PGPORT PGUSER

run=0
failed=0
for script in test/bench/*"${ONLY:-}"*.sh; do
	[ -f "$script" ] || continue
	run=$((run + 1))
	PGDATABASE=bench_$run
	export PGDATABASE
	echo "== $script"
	createdb "$PGDATABASE"
	psql -X -q -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
		-c 'CREATE EXTENSION soc2 CASCADE'
	sh "$script" || { echo "$script failed" >&2; failed=$((failed + 1)); }
	dropdb "$PGDATABASE"
done
sh test/tools/server.sh stop bench
[ "$run" -gt 0 ] || { echo "there is no benchmark in test/bench" >&2; exit 1; }
[ "$failed" -eq 0 ]
