#!/bin/sh
# A private server inside the stage: server.sh start NAME [CONFIGURATION] | stop NAME
#
# Data, log and socket are in $SOC2_STAGE; there is no TCP port. "start" takes
# default settings, or appends the file CONFIGURATION to postgresql.conf. To
# connect: host=$SOC2_STAGE/s port=5432 (one server at a time), user=postgres.
set -eu

command=$1
data=$SOC2_STAGE/data/$2
log=$SOC2_STAGE/logs/server-$2.log
bindir=$("$PG_CONFIG" --bindir)

case $command in
start)
	mkdir -p "$SOC2_STAGE/data" "$SOC2_STAGE/s"
	chmod 0700 "$SOC2_STAGE/s"
	"$bindir/initdb" --pgdata="$data" --username=postgres --auth=trust \
		--encoding=UTF8 --locale=C.UTF-8 > "$SOC2_STAGE/logs/initdb-$2.log" 2>&1 || {
		cat "$SOC2_STAGE/logs/initdb-$2.log" >&2
		exit 1
	}
	cat >> "$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$SOC2_STAGE/s'
		port = 5432
	CONF
	[ $# -lt 3 ] || cat "$3" >> "$data/postgresql.conf"
	"$bindir/pg_ctl" start --pgdata="$data" --log="$log" --wait --timeout=60 --silent || {
		tail -n 20 "$log" >&2
		exit 1
	}
	;;
stop)
	"$bindir/pg_ctl" stop --pgdata="$data" --mode=fast --wait --timeout=60 --silent
	;;
*)
	echo "server.sh: unknown command $command" >&2
	exit 2
	;;
esac
