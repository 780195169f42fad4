#!/bin/sh
# test/tools/indent.sh [--check] FILE...
#
# Formats C files the way pgindent of PostgreSQL 15 does. With --check the files
# stay as they are, the differences are printed, and the status is 1 if there
# are any. A file that cannot be formatted stays as it is, and the status is 2.
# PG_BSD_INDENT names the program (Debian package pg-bsd-indent).

set -eu

indent=${PG_BSD_INDENT:-pg_bsd_indent}
typedefs=$(dirname "$0")/../../typedefs.list

check=no
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
if [ $# -eq 0 ]; then
    echo "usage: $0 [--check] FILE..." >&2
    exit 2
fi
if ! command -v "$indent" >/dev/null 2>&1; then
    echo "$0: $indent not found; install pg-bsd-indent" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the program reads must not have trailing white space or // comments, and
# comments that begin with dashes are hidden from it, so that it keeps their
# line breaks.
before()
{
    sed -E \
        -e 's,[ 	]+$,,' \
        -e 's,^([ 	]*)//(.*)$,\1/* \2 */,' \
        -e 's,/\* +---,/*---X_X,g'
}

# What it writes gets those comments back, a tab between comments that ran
# together, and a single space before the * of a function's return type.
after()
{
    sed -E \
        -e 's,/\*---X_X,/* ---,g' \
        -e 's,\*/(/\*.*\*/)$,*/	\1,' \
        -e 's,^([A-Za-z_][^ 	]*)[ 	]+\*$,\1 *,'
}

# Write the formatted file to $work/done.c; fail if the program complains, as it
# does about what it cannot parse. The second argument names the list of types.
# The options are those of pgindent.
format()
{
    before <"$1" >"$work/in.c"
    (cd "$work" && "$indent" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 \
        -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4 \
        -U"$2" in.c out.c) >"$work/messages" 2>&1 || true
    if [ -s "$work/messages" ]; then
        sed "s,^,$1: ," "$work/messages"
        return 1
    fi
    after <"$work/out.c" >"$work/done.c"
}

# The core, its tests and the program see no header of the server: there these are words like any other.
cp "$typedefs" "$work/all_types"
grep -v -x -e text -e bytea "$typedefs" >"$work/core_types"

status=0
for file in "$@"; do
    case $file in
        core/* | */core/* | */verify/* | test/unit/* | */test/unit/*) types=core_types ;;
        *) types=all_types ;;
    esac
    # Rarely a second pass changes something again; what stays is then final.
    for _ in first second third; do
        if ! format "$file" "$types"; then
            status=2
        elif cmp -s "$file" "$work/done.c"; then
            break
        elif [ $check = no ]; then
            cat "$work/done.c" >"$file"
            continue
        else
            diff -u --label "$file" --label "$file, formatted" "$file" "$work/done.c" || true
            [ $status -ne 0 ] || status=1
        fi
        break
    done
done
exit $status
