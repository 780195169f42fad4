#!/bin/sh
# sql/data/crosswalk.sh
#
# Prints SQL that inserts the crosswalk from the outline to the Trust Services Criteria.
# Fails, and prints no SQL, when the data is not what it should be.

set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
export LC_ALL=C
exec ${AWK:-awk} -f csv.awk -f sql.awk -f catalogue.awk -f crosswalk.awk
