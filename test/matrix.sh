#!/bin/sh
# make test-matrix: "make demo" and "make test" on every supported Debian.
#
# Each release gets a minimal system of its own (debootstrap) with nothing but
# git and make, into which HEAD is cloned; deps.sh has to find the rest. The
# systems live in a temporary directory and in their own mount and process
# namespaces, so nothing is left mounted or running. Needs root.
#
#   RELEASES="trixie/17"   only these; default: all
#   FUZZ_SECONDS=5         how long each fuzz target runs
#   SOC2_CACHE=DIR         keeps base systems and downloaded packages
#   SOC2_MIRROR, SOC2_SECURITY_MIRROR   default: where this machine's apt looks
#
# A case is one command on one release.
set -eu
umask 022

default='bookworm/15 trixie/17 forky/18'
top=$(cd "$(dirname "$0")/.." && pwd)
cache=${SOC2_CACHE:-/var/tmp/soc2-matrix}
logs=$top/build/matrix-logs
passed=0
failed=0

give_up()
{
	echo "matrix.sh: $*" >&2
	echo "0 passed, 1 failed"
	exit 1
}

[ "$(id -u)" -eq 0 ] || give_up "debootstrap and chroot need root"
sh "$top/test/deps.sh" matrix || give_up "debootstrap cannot be installed"
contained='unshare --mount --propagation private --pid --fork --kill-child'
probe=$(mktemp -d)
$contained mount -t tmpfs none "$probe" 2> "$probe.err" ||
	give_up "mounting is not permitted here: $(cat "$probe.err")"
rm -rf "$probe" "$probe.err"

# Where apt looks on this machine: the first archive, and the first security archive.
# shellcheck disable=SC2016
targets=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null || :)
mirror=${SOC2_MIRROR:-$(echo "$targets" | sed -n 's/^[a-z]* //p' | head -n 1)}
security=${SOC2_SECURITY_MIRROR:-$(echo "$targets" | sed -n 's/^[a-z]*-security //p' | head -n 1)}
[ -n "$mirror" ] || give_up "apt's sources name no Debian archive; set SOC2_MIRROR"

registry=$(npm config get registry 2>/dev/null || :)

# What is unpacked as root must not come from someone else.
mkdir -p "$cache"
[ "$(stat -c %u "$cache")" = 0 ] || give_up "$cache does not belong to root"
chmod 0700 "$cache"
exec 9> "$cache/lock"
flock 9    # one run at a time

tmp=$(mktemp -d /var/tmp/soc2-matrix-run.XXXXXX)
child=
# shellcheck disable=SC2317
cleanup()
{
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	# Unshare heeds nothing else, and because of --kill-child all end with it.
	if [ -n "$child" ] && kill -s KILL "$child"; then
		wait "$child" || :
	fi
	rm -rf --one-file-system "$tmp" 2>/dev/null || { sleep 2; rm -rf --one-file-system "$tmp"; }
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Run a command in namespaces of its own, and notice signals meanwhile.
contain()
{
	# shellcheck disable=SC2086
	$contained "$@" < /dev/null &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	return "$status"
}

# The base system of a release, from the cache if it is less than a week old.
base_system()
{
	if [ -z "$(find "$cache/$1.tar" -mtime -7 2>/dev/null)" ]; then
		echo "   making a base system of $1"
		script=/usr/share/debootstrap/scripts/$1
		[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
		contain debootstrap --variant=minbase --include=git,make,ca-certificates \
			"$1" "$tmp/base" "$mirror" "$script" > "$logs/$1-debootstrap.log" 2>&1 || {
			tail -n 20 "$logs/$1-debootstrap.log"
			rm -rf --one-file-system "$tmp/base"
			return 1
		}
		rm -f "$tmp"/base/var/cache/apt/archives/*.deb
		tar -C "$tmp/base" --one-file-system --exclude='./dev/*' -c -f "$cache/$1.tmp" .
		mv "$cache/$1.tmp" "$cache/$1.tar"
		rm -rf --one-file-system "$tmp/base"
	fi
	mkdir -p "$cache/$1.packages" "$tmp/root"
	tar -C "$tmp/root" -x -f "$cache/$1.tar"
}

# Let the new system reach what this one reaches.
configure()
{
	cp -L /etc/resolv.conf /etc/hosts "$tmp/root/etc/"
	{
		echo "deb $mirror $1 main"
		[ -z "$security" ] || echo "deb $security $1-security main"
	} > "$tmp/root/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::(https?::|Retries|Check-|Force)' |
		grep -v -i auto-detect > "$tmp/root/etc/apt/apt.conf.d/99host" || :
	cp -L /etc/ssl/certs/ca-certificates.crt "$tmp/root/etc/ssl/certs/" 2>/dev/null || :
	# The system is thrown away: nothing has to survive a crash.
	echo force-unsafe-io > "$tmp/root/etc/dpkg/dpkg.cfg.d/soc2"
	# Git trusts a repository that belongs to somebody else only by configuration.
	mkdir -p "$tmp/home"
	git config -f "$tmp/home/.gitconfig" safe.directory '*'
	HOME=$tmp/home git clone -q --no-local "$top" "$tmp/root/srv/soc2"
}

# Run a command in the directory of the clone.
# shellcheck disable=SC2016
in_root()
{
	contain sh -eu -c '
		root=$1 packages=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
		mount --bind "$packages" "$root/var/cache/apt/archives"
		exec chroot "$root" "$@"' sh "$tmp/root" "$cache/$release.packages" \
		env -i HOME=/srv TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		${registry:+npm_config_registry="$registry"} \
		FUZZ_SECONDS="${FUZZ_SECONDS:-5}" sh -c 'cd /srv/soc2 && exec "$@"' sh "$@"
}

report()
{
	printf '   %-9s %-14s %-10s %-7s %5s s  %s\n' "$@"
}

rm -rf "$logs"
mkdir -p "$logs"
for pair in ${RELEASES:-$default}; do
	release=${pair%/*}
	major=${pair#*/}
	echo "== $release, PostgreSQL $major"
	if ! base_system "$release" || ! configure "$release"; then
		failed=$((failed + 2))
		report "$release" "PostgreSQL $major" 'set-up' FAILED 0 '' >> "$tmp/table"
		rm -rf --one-file-system "$tmp/root"
		continue
	fi
	for goal in demo test; do
		log=$logs/$release-$goal.log
		start=$(date +%s)
		verdict=ok
		in_root make "$goal" > "$log" 2>&1 || verdict=FAILED
		grep -q "PostgreSQL $major" "$log" || verdict=FAILED
		# No cluster was created, nothing was left behind.
		for trace in "$tmp/root"/etc/postgresql/* "$tmp/root"/tmp/soc2*; do
			[ ! -e "$trace" ] || { echo "left behind: ${trace#"$tmp/root"}" >> "$log"; verdict=FAILED; }
		done
		counts=$(grep -x '[0-9]* passed, [0-9]* failed' "$log" | tail -n 1 || :)
		if [ "$verdict" = ok ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			tail -n 150 "$log" | sed 's/^/   | /'
		fi
		report "$release" "PostgreSQL $major" "make $goal" "$verdict" \
			"$(($(date +%s) - start))" "$counts" | tee -a "$tmp/table"
	done
	rm -rf --one-file-system "$tmp/root"
done

echo "== summary (logs are in build/matrix-logs)"
cat "$tmp/table"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
