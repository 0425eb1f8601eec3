#!/bin/bash
# compare.sh [RUNS]   the comparison of docs/benchmarks.md: ours, C Heartbeat and keepalived, one after the other
# within each round, so that all of them see the same machine. Prints tables; the figures stay in $OUT.
#   env: BENCH_LAB (folder with the harness, default ../shared/bench), OUT (default a new folder), ROWS (default all)
# Needs root, iproute2, python3 and the packages heartbeat, keepalived, nginx-light.
set -u
here=$(cd "$(dirname "$0")" && pwd); root=$here/../..
export BENCH_LAB=${BENCH_LAB:-$root/../shared/bench}
RUNS=${1:-7}; OUT=${OUT:-$(mktemp -d)}; ROWS=${ROWS:-kill freeze web stop prockill heal pause cost}
mkdir -p "$OUT"
export BENCH_DIR=$OUT/lab BENCH_PREFIX=${BENCH_PREFIX:-hb} OURS=${OURS:-$root/bin/heartbeat}
mkdir -p "$BENCH_DIR"
export CSV=$OUT/failover.csv
[ -x "$OURS" ] || { echo "$OURS is missing: make build" >&2; exit 1; }
say() { echo; echo "== $* ($(date +%T), load $(cut -d' ' -f1 /proc/loadavg))"; }
one() { # one VARIANT PEER FAULT RUNS
	BENCH_VARIANT=$1 "$BENCH_LAB/failover.sh" "$BENCH_LAB/peers/$2" "$3" "$4" | tee -a "$OUT/log"
}
for row in $ROWS; do
	case $row in
	kill | freeze)
		say "row 1: $row"
		one 200/1000 ours $row "$RUNS"; one 3/0.1 keepalived $row "$RUNS"; one 200/1000 heartbeat-c $row "$RUNS" ;;
	web)
		say "row 3: power cut, address and web server, first HTTP answer"
		export PROTO=http
		one 200/1000 ours kill "$RUNS"; one 3/0.1 keepalived kill "$RUNS"; one 200/1000 heartbeat-c kill "$RUNS"
		unset PROTO BENCH_WEB ;;
	stop)
		say "row 4: graceful stop"
		export GAPNEEDED=${GAPNEEDED:-2ms}
		one 200/1000 ours stop "$RUNS"; one 3/0.01 keepalived stop "$RUNS"; one 200/1000 heartbeat-c stop "$RUNS"
		unset GAPNEEDED
		for p in ours:200/1000 keepalived:3/0.01; do
			for f in stop none; do
				CSV=$OUT/switch.csv WATCH=2 BENCH_VARIANT=${p#*:} "$here/switch.sh" "$BENCH_LAB/peers/${p%%:*}" $f "$RUNS" | tee -a "$OUT/log"
			done
		done ;;
	heal)
		say "row 8: healed partition"
		for p in ours:200/1000 keepalived:3/0.1 heartbeat-c:200/1000; do
			w=8; n=$RUNS; [ "${p%%:*}" = heartbeat-c ] && { w=25; n=3; }
			CSV=$OUT/switch.csv WATCH=$w BENCH_VARIANT=${p#*:} "$here/switch.sh" "$BENCH_LAB/peers/${p%%:*}" heal $n | tee -a "$OUT/log"
		done ;;
	prockill)
		say "row 7: the daemon is killed"
		export MAXWAIT=${MAXWAIT:-4}
		one 200/1000 ours prockill "$RUNS"; one 3/0.1 keepalived prockill "$RUNS"; one 200/1000 heartbeat-c prockill 3
		unset MAXWAIT ;;
	pause)
		say "row 9: the owner is paused"
		for p in ours:200/1000 keepalived:3/0.1 heartbeat-c:200/1000; do
			w=5; n=$RUNS; [ "${p%%:*}" = heartbeat-c ] && { w=25; n=3; }
			CSV=$OUT/pause.csv WATCH=$w BENCH_VARIANT=${p#*:} "$here/pause.sh" "$BENCH_LAB/peers/${p%%:*}" $n | tee -a "$OUT/log"
		done ;;
	cost)
		say "row 11: cost of two nodes"
		for v in 1000/10000 200/1000; do for p in ours heartbeat-c; do
			CSV=$OUT/cost.csv BENCH_VARIANT=$v "$BENCH_LAB/cost.sh" "$BENCH_LAB/peers/$p" 2 ${COSTSECS:-60} | tee -a "$OUT/log"
		done; done ;;
	esac
done
say "figures"
[ -e "$OUT/failover.csv" ] && "$BENCH_LAB/summary.sh" "$OUT/failover.csv"
[ -e "$OUT/switch.csv" ] && { echo; cat "$OUT/switch.csv"; }
[ -e "$OUT/cost.csv" ] && { echo; cat "$OUT/cost.csv"; }
echo; grep 'cold start' "$OUT/log"
echo; echo "all figures: $OUT"
