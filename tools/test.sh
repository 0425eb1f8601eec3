#!/bin/sh
# test.sh PACKAGES...  runs the tests, a line a package while they run, then what failed,
# and what was left out with the way to have it. HEARTBEAT_TEST_STRICT=1 makes a left-out test a failure.
set -u
log=$(mktemp)
trap 'rm -f "$log" "$log.status"' EXIT INT TERM
echo "go test $*"
{ ${GO:-go} test -count=1 -timeout 30m -v "$@" 2>&1; echo $? >"$log.status"; } |
	tee "$log" | grep --line-buffered -E '^(ok|FAIL|panic:)[[:space:]]' | grep -v 'no test files'
status=$(cat "$log.status")
if [ "$status" != 0 ]; then
	echo; echo "--- what failed ---"
	grep -vE '^(=== |[[:space:]]*--- PASS|PASS$|ok[[:space:]]|\?[[:space:]])' "$log" | tail -n 500
fi
left=$(grep -c 'LEFT OUT' "$log")
if [ "$left" -gt 0 ]; then
	echo; echo "left out on this machine (tests, what they need: how to have it):"
	sed -n 's/.*LEFT OUT: this test needs \(.*\); to have it: \(.*\)/\1: \2/p' "$log" | sort | uniq -c | sort -rn
fi
echo; echo "$(grep -cE '^[[:space:]]*--- PASS' "$log") passed, $(grep -cE '^[[:space:]]*--- FAIL' "$log") failed, $left skipped"
exit "$status"
