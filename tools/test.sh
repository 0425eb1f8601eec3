#!/bin/sh
# test.sh PACKAGES...  runs the tests, a line a package while they run, then what failed,
# and what was left out with the way to have it. HEARTBEAT_TEST_STRICT=1 makes a left-out test a failure.
# TESTFLAGS are further flags of go test, TESTLOG the file that keeps all output.
# Packages that run whole clusters come one after the other: side by side they would take each other's time. And on a machine
# that stands still for longer than a deadtime a cluster rightly does what a test does not expect: so up to five tests that failed get a
# second chance, each alone, and the end says which needed it. A data race, a panic or a hang gets none.
set -u
mkdir -p bin
log=${TESTLOG:-bin/test.log} # everything, kept for whoever wants to read more
again=${log%.log}-again.log
trap 'rm -f "$log".*' EXIT INT TERM
echo "go test $*"
go=${GO:-go}
clusters=$($go list "$@" | grep -E '/internal/(vnet|lab)$|/test/')
others=$($go list "$@" | grep -vE '/internal/(vnet|lab)$|/test/')

# run STATUSFILE LOG ARGS...  runs go test with a line a package.
run() {
	exit=$1 into=$2; shift 2
	{ $go test -count=1 -timeout 15m -v ${TESTFLAGS:-} "$@" 2>&1; echo $? >"$exit"; } |
		tee "$into" | grep --line-buffered -E '^(ok|FAIL|panic:)[[:space:]]' | grep --line-buffered -v 'no test files'
}

# failures  lists "package test" of the tests that failed, and "package -" for a package that failed in another way.
failures() {
	awk '/^--- FAIL: /{failed[++n]=$3}
	     /^(panic:|fatal error:|WARNING: DATA RACE)/{broken=1}
	     /^FAIL\t/{if (!n || broken) print $2, "-"; else for (i=1;i<=n;i++) print $2, failed[i]; n=0; broken=0}
	     /^ok  *\t/{n=0; broken=0}' "$1"
}

for f in others clusters; do : >"$log.$f"; echo 0 >"$log.$f.exit"; done
: >"$log.flaky"
[ -z "$others" ] || run "$log.others.exit" "$log.others" -p=2 $others
[ -z "$clusters" ] || run "$log.clusters.exit" "$log.clusters" -p=1 $clusters
cat "$log.others" "$log.clusters" >"$log"
status=$(($(cat "$log.others.exit") + $(cat "$log.clusters.exit")))
if [ "$status" != 0 ]; then
	failures "$log" >"$log.failures"
	if [ -s "$log.failures" ] && ! grep -q ' -$' "$log.failures" && [ "$(wc -l <"$log.failures")" -le 5 ]; then
		status=0
		: >"$again"
		while read -r package test; do
			echo "again, alone: $test of $package"
			if $go test -count=1 -timeout 10m -v ${TESTFLAGS:-} -parallel 1 -run "^$test\$" "$package" >>"$again" 2>&1; then
				echo "$test of $package" >>"$log.flaky"
			else
				echo "FAIL	$package: $test, also alone ($again)"
				status=1
			fi
		done <"$log.failures"
	fi
fi
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
flaky=$(wc -l <"$log.flaky")
if [ "$flaky" -gt 0 ]; then
	echo; echo "passed only the second time, alone (the first time is in $log):"
	sed 's/^/  /' "$log.flaky"
fi
failed=$(grep -cE '^[[:space:]]*--- FAIL' "$log")
[ "$status" != 0 ] || failed=0
echo; echo "$(grep -cE '^[[:space:]]*--- PASS' "$log") passed, $failed failed, $flaky passed the second time, $left skipped"
exit "$status"
