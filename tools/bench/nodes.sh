#!/bin/bash
# nodes.sh [SECONDS]   what a node of a cluster of 2, 8 and 16 costs while nothing happens: ours, C Heartbeat and Corosync (without
# Pacemaker), one after the other within each size, so that all of them see the same machine. Prints a table a size: packets and bytes
# a second that a node sends, processor seconds an hour, resident and proportional memory; the figures stay in $OUT/nodes.csv.
#   env: BENCH_LAB (folder with the harness, default ../shared/bench), OUT (default a new folder), SIZES ("2 8 16"),
#        PEERS ("ours heartbeat-c pacemaker-corosync"), BENCH_VARIANT (1000/10000: keepalive and deadtime in ms; Corosync's token is
#        the deadtime), OURS (bin/heartbeat)
# Exits with 1 when one of our figures misses its aim: more than links/keepalive + 1 packets a second, or more processor time than C.
# Needs root, iproute2, python3 and the packages heartbeat, corosync.
set -u
here=$(cd "$(dirname "$0")" && pwd); root=$here/../..
BENCH_LAB=${BENCH_LAB:-$root/../shared/bench}
SECS=${1:-60}; OUT=${OUT:-$(mktemp -d)}; SIZES=${SIZES:-2 8 16}; PEERS=${PEERS:-ours heartbeat-c pacemaker-corosync}
variant=${BENCH_VARIANT:-1000/10000}
export BENCH_DIR=${BENCH_DIR:-$OUT/lab} BENCH_PREFIX=${BENCH_PREFIX:-hb} OURS=${OURS:-$root/bin/heartbeat} CSV=$OUT/nodes.csv
mkdir -p "$OUT" "$BENCH_DIR"
[ -x "$OURS" ] || { echo "$OURS is missing: make build" >&2; exit 1; }
for n in $SIZES; do
	for p in $PEERS; do
		case $p in
		pacemaker-corosync) # its members find each other within a few tokens; there is no address to wait for
			rm -f "$BENCH_DIR/cib.loaded"
			NOOWNER=1 WARM=${WARM:-30} BENCH_COROSYNC_ONLY=1 BENCH_VARIANT=${variant#*/} "$BENCH_LAB/cost.sh" "$BENCH_LAB/peers/$p" "$n" "$SECS" ;;
		*) BENCH_VARIANT=$variant "$BENCH_LAB/cost.sh" "$BENCH_LAB/peers/$p" "$n" "$SECS" ;;
		esac >>"$OUT/log" || echo "$p with $n nodes: see $OUT/log" >&2
	done
done
python3 - "$CSV" "$variant" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
keepalive = float(sys.argv[2].split("/")[0]) / 1000
aim, missed, c = 2 / keepalive + 1, False, {}
print("%-20s %5s %9s %9s %9s %9s %9s %6s" % ("one of N nodes", "N", "packets/s", "bytes/s", "CPU s/h", "RSS MB", "PSS MB", "load"))
for r in rows:
    if r["peer"] == "heartbeat-c":
        c[r["nodes"]] = float(r["cpu_s_per_h"])
for r in rows:
    print("%-20s %5s %9s %9s %9s %9.1f %9.1f %6s" % (r["peer"], r["nodes"], r["tx_pps"], r["tx_Bps"], r["cpu_s_per_h"],
        float(r["rss_kb"]) / 1024, float(r["pss_kb"]) / 1024, r["load1"]))
    if r["peer"] != "ours":
        continue
    if float(r["tx_pps"]) > aim:
        missed = True
        print("  missed: at most %.1f packets/s" % aim)
    if r["nodes"] in c and float(r["cpu_s_per_h"]) > c[r["nodes"]]:
        missed = True
        print("  missed: no more processor time than C, %.2f s/h" % c[r["nodes"]])
sys.exit(missed)
PY
code=$?
echo "all figures: $OUT"
exit $code
