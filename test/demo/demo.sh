#!/bin/sh
# make demo: build the extension, start a private server, run demo.sql, write an
# audit package into demo-output of the working tree, clean up.
#
# Nothing is installed into the system's PostgreSQL, and no other server is
# touched. With KEEP=1 the server stays up, and how to reach and to remove it is
# printed. The script starts itself a second time, inside the stage.
set -eu

if [ -z "${SOC2_STAGE:-}" ]; then
	here=$(dirname "$0")
	sh "$here/../deps.sh" demo
	exec sh "$here/../tools/stage.sh" sh test/demo/demo.sh
fi

quietly()
{
	"$@" > "$SOC2_STAGE/logs/build.log" 2>&1 || {
		tail -n 40 "$SOC2_STAGE/logs/build.log" >&2
		exit 1
	}
}

echo "Building soc2 for $("$PG_CONFIG" --version) ..."
quietly make -j2 with_llvm=no
quietly make install with_llvm=no
sh test/tools/server.sh start demo

PGHOST=$SOC2_STAGE/s PGPORT=5432 PGUSER=postgres PGDATABASE=demo
export PGHOST PGPORT PGUSER PGDATABASE
createdb demo
psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION soc2 CASCADE' 2> "$SOC2_STAGE/logs/create.log" || {
	cat "$SOC2_STAGE/logs/create.log" >&2
	exit 1
}
# Errors that the demonstration provokes belong between its lines; what it
# exports goes into the stage.
cp test/demo/demo.sql "$SOC2_STAGE/tmp"
(cd "$SOC2_STAGE/tmp" && psql -X -q -v ON_ERROR_STOP=1 -P pager=off -f demo.sql 2>&1)

echo "== A backup, restored into a server of its own: everything is there, after how long?"
soc2-backup -l nightly -t shop.invoice -t shop.ticket "$SOC2_STAGE/tmp/backups" | sed "s,^$SOC2_STAGE/tmp/,,"
soc2-restore-test "$SOC2_STAGE/tmp/backups/nightly"
psql -X -q -c "SELECT label, passed, rto AS back_after, rpo AS would_be_lost FROM soc2.restore_tests"

echo "== A byte of a backup that was changed: the same test fails, and is recorded, too"
file=$SOC2_STAGE/tmp/backups/nightly/base/$(psql -XAtqc "SELECT pg_relation_filepath('shop.customer')")
printf X | dd of="$file" bs=1 seek=8100 conv=notrunc 2> /dev/null
! soc2-restore-test "$SOC2_STAGE/tmp/backups/nightly" || exit 1
echo

# stage.sh brings what is in "out" to demo-output.
soc2-package -p demo "$SOC2_STAGE/out" -U external_auditor
(cd "$SOC2_STAGE/out" && sha256sum --quiet -c SHA256SUMS && soc2-verify --checkpoint checkpoint.txt evidence.jsonl)
echo

if [ -z "${KEEP:-}" ]; then
	sh test/tools/server.sh stop demo
	echo "The demo is over; its server is gone."
	exit 0
fi
: > "$SOC2_STAGE/keep"
bindir=$("$PG_CONFIG" --bindir)
as=
[ "$(id -un)" != postgres ] || as='runuser -u postgres -- '
cat <<END

The server is still running.
  connect   $as$bindir/psql -h $PGHOST -p 5432 -U postgres demo
  stop      $as$bindir/pg_ctl stop -D $SOC2_STAGE/data/demo
  remove    rm -rf $SOC2_STAGE
(Only root and the user $(id -un) can reach its socket.)
END
