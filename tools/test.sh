#!/bin/sh
# test.sh PACKAGES...  runs the tests, a line a package while they run, then what failed,
# and what was left out with the way to have it. HEARTBEAT_TEST_STRICT=1 makes a left-out test a failure.
set -u
mkdir -p bin
log=bin/test.log # everything, kept for whoever wants to read more
trap 'rm -f "$log.status"' EXIT INT TERM
echo "go test $*"
# Packages that run whole clusters come one after the other: side by side they would take each other's time.
go=${GO:-go}
clusters=$($go list "$@" | grep -E '/internal/(vnet|lab)$|/test/')
others=$($go list "$@" | grep -vE '/internal/(vnet|lab)$|/test/')
run() { [ $# -eq 1 ] || $go test -count=1 -timeout 30m -v "$@" 2>&1; }
{ run -p=2 $others && first=0 || first=$?; run -p=1 $clusters && second=0 || second=$?; echo $((first + second)) >"$log.status"; } |
	tee "$log" | grep --line-buffered -E '^(ok|FAIL|panic:)[[:space:]]' | grep --line-buffered -v 'no test files'
status=$(cat "$log.status")
if [ "$status" != 0 ]; then
	echo; echo "--- what failed (all of it: $log) ---"
	grep -E '^[[:space:]]*--- FAIL|^FAIL|^panic:' "$log"
	grep -vE '^(=== |[[:space:]]*--- PASS|PASS$|ok[[:space:]]|\?[[:space:]])' "$log" >"$log.failed"
	head -n 400 "$log.failed"; echo "[...]"; tail -n 200 "$log.failed"
fi
left=$(grep -c 'LEFT OUT' "$log")
if [ "$left" -gt 0 ]; then
	echo; echo "left out on this machine (tests, what they need: how to have it):"
	sed -n 's/.*LEFT OUT: this test needs \(.*\); to have it: \(.*\)/\1: \2/p' "$log" | sort | uniq -c | sort -rn
fi
echo; echo "$(grep -cE '^[[:space:]]*--- PASS' "$log") passed, $(grep -cE '^[[:space:]]*--- FAIL' "$log") failed, $left skipped"
exit "$status"
