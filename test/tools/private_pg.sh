#!/bin/sh
# Copy the installed PostgreSQL to a private place: private_pg.sh DIR
#
# PostgreSQL finds its files relative to its programs, so a copy that keeps the
# distances between the directories is a complete server of its own. An
# extension built with the copy's pg_config is installed into the copy; the
# system's PostgreSQL stays as it is. The last line printed is the copy's
# pg_config. PG_CONFIG names the original (default: pg_config from PATH).
set -eu

dir=$1
pg_config=${PG_CONFIG:-pg_config}

# The pg_config in PATH may be a wrapper; the one that counts is in bindir.
bindir=$("$pg_config" --bindir)
if [ ! -x "$bindir/postgres" ] || [ ! -x "$bindir/pg_config" ]; then
	echo "private_pg.sh: no PostgreSQL server with headers in $bindir" >&2
	exit 1
fi
pg_config=$bindir/pg_config
pkglibdir=$("$pg_config" --pkglibdir)
sharedir=$("$pg_config" --sharedir)
includedir=$("$pg_config" --includedir)
libdir=$("$pg_config" --libdir)

# Copies, because programs look where their resolved path says they are.
for path in "$bindir" "$pkglibdir" "$sharedir"; do
	[ ! -d "$dir$path" ] || continue    # already there, inside another one
	mkdir -p "$dir$path"
	cp -R -L -p "$path/." "$dir$path/"
done
# Links, because these are only read.
for path in "$includedir" "$libdir"; do
	[ ! -e "$dir$path" ] || continue
	mkdir -p "$(dirname "$dir$path")"
	ln -s "$path" "$dir$path"
done

[ "$("$dir$bindir/pg_config" --pkglibdir)" = "$dir$pkglibdir" ] || {
	echo "private_pg.sh: this PostgreSQL cannot be moved" >&2
	exit 1
}
echo "$dir$bindir/pg_config"
