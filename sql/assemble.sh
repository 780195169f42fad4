#!/bin/sh
# Put the install script together: sh sql/assemble.sh OUTPUT PIECE...
#
# The pieces are copied in the order given. Two kinds of line are replaced:
#   -- @data NAME      by what "sh sql/data/NAME.sh" prints
#   -- @include FILES  by the content of the files that the pattern matches,
#                      sorted by name; they may hold such lines too
# Everything runs in the top directory. On any failure there is no OUTPUT.
set -eu

LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

output=$1
shift

die()
{
	echo "assemble.sh: $*" >&2
	exit 1
}

emit()
{
	[ -f "$1" ] || die "$1: no such file"
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		"-- @data "*)
			sh "sql/data/${line#-- @data }.sh" || die "$1: \"$line\" failed" ;;
		"-- @include "*)
			# The pattern is meant to be expanded.
			# shellcheck disable=SC2086
			for included in ${line#-- @include }; do
				# a subshell, because emit is called again inside emit
				(emit "$included") || exit 1
			done ;;
		*)
			printf '%s\n' "$line" ;;
		esac
	done < "$1"
}

trap 'rm -f "$output.tmp"' EXIT
rm -f "$output"
for piece in "$@"; do
	emit "$piece"
done > "$output.tmp"
mv "$output.tmp" "$output"
