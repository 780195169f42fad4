#!/bin/sh
# sql/data/criteria.sh
#
# Prints SQL that inserts the frameworks and their criteria.
# Fails, and prints no SQL, when the data is not what it should be.

set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
export LC_ALL=C
exec ${AWK:-awk} -f csv.awk -f sql.awk -f catalogue.awk -f criteria.awk
