# Shared by the command-line tests: a scratch folder, and checks that say what they expected.
# shellcheck shell=bash
set -uo pipefail

: "${HCBENCH:?path of the hcbench binary}" "${SOURCE_DIR:?path of the source tree}"
unset HCBENCH_SHARE
export NO_COLOR=1 LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
	printf 'FAIL: %s\n' "$*" >&2
	failures=$((failures + 1))
}

# expect STATUS REGEX COMMAND..: exit status, and a stderr of exactly one line that matches. The
# empty REGEX expects an empty stderr, '*' anything. stdout is left in $work/out.
expect() {
	local status=$1 regex=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$status" ] || fail "exit $got, expected $status: $* ($(head -c 300 "$work/err"))"
	case $regex in
	'*') ;;
	'') [ ! -s "$work/err" ] || fail "unexpected stderr of $*: $(head -c 300 "$work/err")" ;;
	*)
		[ "$(wc -l <"$work/err")" -eq 1 ] || fail "stderr of $* is not one line: $(head -c 600 "$work/err")"
		grep -Eq -- "$regex" "$work/err" || fail "stderr of $* lacks /$regex/: $(cat "$work/err")"
		;;
	esac
}

finish() {
	if [ "$failures" -gt 0 ]; then
		printf '%d checks failed\n' "$failures" >&2
		exit 1
	fi
	echo passed
}
