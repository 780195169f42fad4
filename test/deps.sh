#!/bin/sh
# Install what a run needs, from Debian's packages: deps.sh demo | test | matrix
#
#   demo     compiler, PostgreSQL server and headers, libssl, libjansson
#   test     the same, and the tools of the test suites; of packages of npm, those of
#            test/clients/package-lock.json, into build/clients
#   matrix   debootstrap
#
# The PostgreSQL version is that of PG_CONFIG, or of pg_config in PATH, or the
# newest installed, or Debian's default. Nothing happens if nothing is missing.
# An installation never creates or starts a cluster. Needs root, or sudo.
set -eu

set=${1:-test}
case $set in demo | test | matrix) ;; *)
	echo "usage: deps.sh demo | test | matrix" >&2
	exit 2 ;;
esac

command -v dpkg-query > /dev/null || {
	echo "deps.sh: this is not a Debian system; install PostgreSQL 15 or later with its" \
		"server headers, a C compiler, libssl and libjansson, and set PG_CONFIG" >&2
	# Good enough if they are there.
	exec "${PG_CONFIG:-pg_config}" --version
}

DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
dropin=/etc/postgresql-common/createcluster.d/soc2-no-cluster.conf
updated=

version_of()
{
	dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

missing()
{
	for package in "$@"; do
		[ -n "$(version_of "$package")" ] || echo "$package"
	done
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Make sure that packages can be installed; $1 says what for.
may_install()
{
	if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
		echo "deps.sh: missing, and neither root nor sudo to install it: $1" >&2
		exit 1
	fi
	[ -n "$updated" ] || as_root apt-get update -qq
	updated=yes
}

install()
{
	echo "installing:" "$@"
	log=$(mktemp)
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$@" > "$log" 2>&1 < /dev/null || {
		tail -n 30 "$log" >&2
		rm -f "$log"
		exit 1
	}
	rm -f "$log"
}

# Install those of the packages that are missing.
need()
{
	wanted=$(missing "$@")
	[ -n "$wanted" ] || return 0
	# shellcheck disable=SC2086
	set -- $wanted
	may_install "$*"
	install "$@"
}

# The same for a package with a service, which is neither started nor enabled.
need_without_service()
{
	[ -n "$(missing "$1")" ] || return 0
	policy=/usr/sbin/policy-rc.d
	[ ! -e "$policy" ] || policy=
	if [ -n "$policy" ]; then
		may_install "$1"
		trap 'as_root rm -f "$policy"' EXIT
		trap 'exit 130' INT TERM HUP
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
		as_root chmod 755 "$policy"
	fi
	need "$1"
	if [ -n "$policy" ]; then
		as_root rm -f "$policy"
		trap - EXIT INT TERM HUP
	fi
	if [ -d /run/systemd/system ]; then
		as_root systemctl --quiet disable "$1" || :
	fi
}

# The packages of test/clients, for tests that skip without them; into build, from
# where stage.sh takes them.
need_node_packages()
{
	from=$(dirname "$0")/clients
	to=$(dirname "$0")/../build/clients
	# npm may be a part of nodejs that is not Debian's.
	command -v npm > /dev/null && command -v node > /dev/null || need nodejs npm
	cmp -s "$from/package-lock.json" "$to/installed.json" && return
	rm -rf "$to"
	mkdir -p "$to"
	cp "$from/package.json" "$from/package-lock.json" "$to/"
	echo "installing the packages of test/clients"
	if (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 > npm.log 2>&1 < /dev/null); then
		cp "$to/package-lock.json" "$to/installed.json"
	else
		echo "deps.sh: npm cannot install them, so tests of clients on Node will be skipped:" >&2
		grep -v ' EBADENGINE' "$to/npm.log" | tail -n 5 >&2
		rm -rf "$to/node_modules"
	fi
}

# The major version to use, or nothing if PostgreSQL is not installed at all.
installed_major()
{
	if command -v "${PG_CONFIG:-pg_config}" > /dev/null 2>&1; then
		"${PG_CONFIG:-pg_config}" --version 2>/dev/null | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
	else
		# shellcheck disable=SC2012
		ls -v -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1 | cut -d / -f 5
	fi
}

# Server and headers of one version: the same minor version too.
need_postgresql()
{
	major=$(installed_major)
	if [ -z "$major" ]; then
		may_install 'postgresql and the postgresql-server-dev-NN of its version'
		major=$(apt-cache show postgresql | sed -n 's/^Depends:.*postgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1)
		[ -n "$major" ] || { echo "deps.sh: apt offers no postgresql" >&2; exit 1; }
	fi
	server=postgresql-$major
	headers=postgresql-server-dev-$major
	# A PostgreSQL that is not Debian's brings its own headers.
	if [ -z "$(version_of "$server")" ] && [ -f "$("${PG_CONFIG:-pg_config}" --pgxs 2>/dev/null)" ] &&
		[ -x "$("${PG_CONFIG:-pg_config}" --bindir)/postgres" ]; then
		return 0
	fi
	has=$(version_of "$server")
	dev=$(version_of "$headers")
	[ -z "$has" ] || [ "$has" != "$dev" ] || return 0

	may_install "$server $headers (the same version)"
	if [ -n "$has" ] && [ -z "$dev" ] && apt-cache show "$headers" | grep -qxF "Version: $has"; then
		install "$headers=$has"
		return 0
	fi
	if [ -n "$has" ] && pg_lsclusters -h 2>/dev/null | grep -q "^$major  *[^ ]*  *[0-9]*  *online"; then
		echo "deps.sh: $headers is not to be had in version $has, and an upgrade of $server" \
			"would restart a running cluster; please do that first" >&2
		exit 1
	fi
	need postgresql-common
	trap 'as_root rm -f "$dropin"' EXIT
	trap 'exit 130' INT TERM HUP
	as_root mkdir -p "$(dirname "$dropin")"
	echo 'create_main_cluster = false' | as_root tee "$dropin" > /dev/null
	[ "$(pg_conftool /etc/postgresql-common/createcluster.conf show -bs create_main_cluster)" = off ] || {
		echo "deps.sh: cannot keep $server from creating a cluster; please install it first" >&2
		exit 1
	}
	install "$server" "$headers"
	as_root rm -f "$dropin"
	trap - EXIT INT TERM HUP
}

if [ "$set" = matrix ]; then
	need debootstrap debian-archive-keyring
	exit 0
fi

need gcc libc6-dev make libssl-dev libjansson-dev
need_postgresql
[ "$set" = test ] || exit 0

# The sanitizers' runtime has to be that of the clang the headers were made for.
pgxs=$("${PG_CONFIG:-/usr/lib/postgresql/$major/bin/pg_config}" --pgxs)
clang=$(sed -n 's/^CLANG *= *.*clang-\([0-9][0-9]*\)$/\1/p' "$(dirname "$pgxs")/../Makefile.global")
if [ -n "$clang" ]; then
	need "clang-$clang" "libclang-rt-$clang-dev"
else
	need libclang-rt-dev
fi
need clang perl libipc-run-perl libcmocka-dev cppcheck universal-ctags git python3 openssl
# Clients that read the views, see test/tap/lib/Soc2Bi.pm.
need default-jre-headless libpostgresql-jdbc-java odbc-postgresql python3-psycopg2 python3-pyodbc python3-sqlalchemy
need_without_service prometheus-postgres-exporter
need_node_packages
# Not in every release; what uses it has to do without.
for package in pg-bsd-indent "postgresql-$major-pgaudit" "postgresql-$major-cron" pgbackrest chromium fonts-dejavu-core; do
	if apt-cache show "$package" > /dev/null 2>&1; then
		need "$package"
	fi
done
