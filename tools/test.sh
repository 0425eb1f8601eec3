#!/bin/sh
# test.sh PACKAGES...  runs the tests and ends with the list of what was left out and how to have it.
# HEARTBEAT_TEST_STRICT=1 makes a left-out test a failure.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT INT TERM
echo "go test $*"
{ ${GO:-go} test -count=1 -timeout 30m -v "$@" 2>&1; echo "exit status $?"; } >"$log"
status=$(tail -n 1 "$log" | sed 's/^exit status //')
grep -E '^(ok|FAIL|panic|\?|---? FAIL)|^ +--- FAIL|_test\.go:[0-9]+: ' "$log" | grep -v -e 'LEFT OUT' -e '\[no test files\]' |
	awk '/^ok|^\?/{print;next} {buf[++n]=$0} END{}' 2>/dev/null
if [ "$status" != 0 ]; then
	echo; echo "--- what failed ---"
	# Everything from a failing package except the noise of passing tests.
	grep -vE '^(=== |    --- PASS|--- PASS|PASS$)' "$log" | tail -n 400
fi
left=$(grep -c 'LEFT OUT' "$log")
passed=$(grep -cE '^ *--- PASS' "$log")
failed=$(grep -cE '^ *--- FAIL' "$log")
if [ "$left" -gt 0 ]; then
	echo; echo "left out on this machine, and how to have it:"
	sed -n 's/.*LEFT OUT: this test needs \(.*\); to have it: \(.*\)/  \1: \2/p' "$log" | sort | uniq -c | sort -rn
fi
echo; echo "$passed passed, $failed failed, $left skipped"
exit "$status"
