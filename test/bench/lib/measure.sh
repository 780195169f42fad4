# For scripts that keep numbers by measure and side in table timing. Wants $rows,
# the directory $scratch and, for clients, $seconds.
# shellcheck shell=sh disable=SC2154

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v rows="$rows" -v file="$scratch/rows" "$@"
}

# keep a number: note MEASURE SIDE NUMBER
note()
{
	sql -c "INSERT INTO timing VALUES ('$1', '$2', $3)"
}

# milliseconds that a statement takes: timed MEASURE SIDE SETTINGS STATEMENT
timed()
{
	sql -c "$3" -c '\timing on' -c "$4" > "$scratch/timed.out"
	note "$1" "$2" "$(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$scratch/timed.out")"
}

# transactions a second of clients that run a script: clients COUNT MEASURE SIDE FILE
clients()
{
	pgbench -n -c "$1" -j 2 -T "$seconds" -f "$4" 2> "$scratch/pgbench.err" > "$scratch/pgbench.out" ||
		{ cat "$scratch/pgbench.err" >&2; return 1; }
	note "$2" "$3" "$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$scratch/pgbench.out")"
}

# nothing is wrong with a ledger
verify()
{
	[ "$(sql -c "SELECT count(*) FROM soc2.verify_ledger('$1')")" = 0 ]
}
