#!/bin/sh
# fuzz.sh  runs every fuzz target of the repository for FUZZTIME (60s), thirteen at a time.
# A finding is written by go test into the package's testdata/fuzz; commit it with the mend.
set -u
time=${FUZZTIME:-60s}
list=$(mktemp)
trap 'rm -f "$list" "$list".*' EXIT INT TERM
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' internal cmd | while read -r f; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$f" | while read -r target; do echo "./$(dirname "$f") $target"; done
done | sort >"$list"
n=$(wc -l <"$list")
[ "$n" -gt 0 ] || { echo "no fuzz target found"; exit 1; }
echo "fuzzing $n targets for $time each, thirteen at a time"
xargs -P 13 -L 1 sh -c '
	out=$(go test -run "^$" -fuzz "^$1\$" -fuzztime '"$time"' -fuzzminimizetime 5x -parallel 1 "$0" 2>&1)
	if [ $? -ne 0 ]; then
		# When its time is over in the middle of an input, go test says so as a failure; a
		# finding is an input that was written down, or a seed that fails.
		if ! { echo "$out" | grep -q "^ *context deadline exceeded$" && ! echo "$out" | grep -qE "Failing input|panic|_test.go:"; }; then
			echo "FINDING $0 $1"; echo "$out"; exit 1
		fi
	fi
	echo "ok   $0 $1: $(echo "$out" | sed -n "s/.*execs: \([0-9]*\).*/\1 executions/p" | tail -n 1)"' <"$list"
