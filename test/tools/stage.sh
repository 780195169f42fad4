#!/bin/sh
# Run a command where it can build, install and start servers without leaving a
# trace: stage.sh COMMAND [ARGUMENT...]
#
# The stage is a temporary directory, owned by an unprivileged user, with
#   src    a copy of the working tree: what git knows or does not ignore
#   pg     a private copy of PostgreSQL (private_pg.sh)
#   clients   packages of npm, where deps.sh installed them
#   logs   copied to build/test-logs of the working tree if the command fails
#   artifacts   what the command makes to be kept: copied to build/artifacts
#   out    if the command makes it and succeeds, takes the place of demo-output there
# The command runs in src, as that user (postgres if we are root, else ourself),
# with a clean environment: PG_CONFIG, PATH and TMPDIR point into the stage, and
# SOC2_STAGE and SOC2_SRC name it. At the end servers left in the stage are
# stopped and the stage is removed, unless the command left a file "keep" in it.
set -eu
umask 022

top=$(cd "$(dirname "$0")/../.." && pwd)
stage=

# Stop what still runs in the stage: servers by SIGQUIT, which lets a postmaster
# clean up, everything else by signal $1. A process of ours works in the stage.
# shellcheck disable=SC2317
stop_processes()
{
	for proc in /proc/[0-9]*; do
		case $(readlink "$proc/cwd" 2>/dev/null) in "$stage"/*) ;; *) continue ;; esac
		pid=${proc#/proc/}
		if [ "$(head -n 1 "$proc/cwd/postmaster.pid" 2>/dev/null)" = "$pid" ]; then
			kill -s QUIT "$pid" || :
		else
			kill -s "$1" "$pid" || :
		fi
		left=yes
	done 2>/dev/null
}

# shellcheck disable=SC2317
cleanup()
{
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	cd "$top"    # not to stop ourself
	[ -n "$stage" ] && [ -d "$stage" ] || exit "$status"
	if [ "$status" -eq 0 ] && [ -d "$stage/out" ]; then
		rm -rf "$top/demo-output"
		if cp -R "$stage/out" "$top/demo-output"; then
			echo "Report and audit package are in $top/demo-output"
		else
			status=1
		fi
	fi
	[ ! -e "$stage/keep" ] || exit "$status"
	for signal in TERM TERM TERM KILL; do
		left=
		stop_processes "$signal"
		[ -n "$left" ] || break
		sleep 0.5
	done
	if [ "$status" -ne 0 ] && [ -n "$(ls -A "$stage/logs" 2>/dev/null)" ]; then
		rm -rf "$top/build/test-logs"
		if mkdir -p "$top/build" && cp -R "$stage/logs" "$top/build/test-logs"; then
			echo "logs are in build/test-logs" >&2
		fi
	fi
	if [ -n "$(ls -A "$stage/artifacts" 2>/dev/null)" ]; then
		rm -rf "$top/build/artifacts"
		if mkdir -p "$top/build" && cp -R "$stage/artifacts" "$top/build/artifacts"; then
			echo "what the run made is in build/artifacts" >&2
		fi
	fi
	rm -rf "$stage" || { sleep 1; rm -rf "$stage"; } || :
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The path of a Unix socket may have 107 bytes, so a long TMPDIR is no use.
tmp=${TMPDIR:-/tmp}
[ "${#tmp}" -le 40 ] || tmp=/tmp
stage=$(mktemp -d "$tmp/soc2.XXXXXX")
mkdir "$stage/src" "$stage/pg" "$stage/logs" "$stage/artifacts" "$stage/tmp" "$stage/home"

# The working tree as it is now, committed or not, without what was built in it.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
if [ "$(git -c safe.directory='*' -C "$top" rev-parse --show-toplevel 2>/dev/null)" = "$top" ]; then
	# shellcheck disable=SC2016
	git -c safe.directory='*' -C "$top" ls-files -z --cached --others --exclude-standard |
	(cd "$top" && xargs -0 sh -c 'for f do if [ -e "$f" ]; then printf "%s\0" "$f"; fi; done' sh) |
	tar -C "$top" --null --no-recursion -T - -c -f - > "$stage/src.tar"
else
	tar -C "$top" --exclude=./build --exclude=./demo-output --exclude=./.git --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude=./results --exclude=./output_iso \
		--exclude='./tmp_check*' -c -f "$stage/src.tar" .
fi
tar -C "$stage/src" --no-same-owner -x -f "$stage/src.tar"
rm "$stage/src.tar"

# What deps.sh got of npm, for the tests that need it.
case " ${SUITES:-tap} " in *" tap "*)
	if [ -d "$top/build/clients/node_modules" ]; then
		mkdir "$stage/clients"
		cp -R "$top/build/clients/node_modules" "$stage/clients/"
	fi ;;
esac

PG_CONFIG=$(sh "$top/test/tools/private_pg.sh" "$stage/pg")

run_as=
if [ "$(id -u)" -eq 0 ]; then
	chown -R postgres: "$stage"
	run_as='setpriv --reuid=postgres --regid=postgres --init-groups'
fi

# Only these reach the command: no PG*, no LC_*, no make flags.
set -- env -i \
	PATH="$(dirname "$PG_CONFIG"):/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin" \
	HOME="$stage/home" TMPDIR="$stage/tmp" LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
	PG_CONFIG="$PG_CONFIG" SOC2_STAGE="$stage" SOC2_SRC="$stage/src" SOC2_ARTIFACTS="$stage/artifacts" \
	SUITES="${SUITES:-}" ONLY="${ONLY:-}" ONLY_CHECKS="${ONLY_CHECKS:-}" FUZZ_SECONDS="${FUZZ_SECONDS:-}" KEEP="${KEEP:-}" \
	SOC2_CRASH_ROUNDS="${SOC2_CRASH_ROUNDS:-}" SOC2_CRASH_TRANSACTIONS="${SOC2_CRASH_TRANSACTIONS:-}" \
	SOC2_HUGE="${SOC2_HUGE:-}" SOC2_DISPOSAL_ROWS="${SOC2_DISPOSAL_ROWS:-}" SOC2_DISPOSAL_CRASHES="${SOC2_DISPOSAL_CRASHES:-}" \
	ROWS="${ROWS:-}" TABLES="${TABLES:-}" ROLES="${ROLES:-}" RUNS="${RUNS:-}" SECONDS_EACH="${SECONDS_EACH:-}" \
	"$@"
cd "$stage/src"
# In the background, so that a signal is noticed at once.
# shellcheck disable=SC2086
setsid $run_as "$@" < /dev/null &
status=0
wait "$!" || status=$?
exit "$status"
