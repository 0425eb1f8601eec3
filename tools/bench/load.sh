#!/bin/bash
# load.sh PEERDIR [SECONDS]   false verdicts of a cluster on a machine that is far too busy
#   A cluster of two nodes is at rest; then hogs take all processors for SECONDS (120) and the moves of the address are counted. Nothing
#   fails, so every move is a false verdict.
#   env: BENCH_VARIANT, BENCH_LAB (folder with lab.sh, default ../shared/bench), CSV,
#        CPU hogs that count (4), FORK hogs that start programs (2), SWITCH pairs of hogs that wake each other (0)
# Needs root, iproute2, python3. Same laboratory and peers as the failover harness.
here=$(cd "$(dirname "$0")" && pwd)
BENCH_LAB=${BENCH_LAB:-$here/../../../shared/bench}
. "$BENCH_LAB/lab.sh"
P=$(cd "$1" && pwd); SECS=${2:-120}; CPU=${CPU:-4} FORK=${FORK:-2} SWITCH=${SWITCH:-0}; peer=$(basename "$P")
CSV=${CSV:-$BENCH_DIR/load.csv}
[ -e "$CSV" ] || echo "peer,variant,seconds,cpu_hogs,fork_hogs,switch_hogs,moves,owners_at_end,load1" >"$CSV"
hogs=
calm() { [ -z "$hogs" ] || { kill $hogs; wait $hogs; } 2>/dev/null; hogs=; }
trap 'calm; lab_down' EXIT
settle=$(cat "$P/settle" 2>/dev/null || echo 3)
lab_down; lab_up 2; [ -x "$P/reset" ] && "$P/reset"
for n in $(lab_nodes); do node_on "$n"; done
for n in $(lab_nodes); do "$P/start" "$n"; done
wait_owner 60 >/dev/null || { echo "$peer: no owner after 60 s" >&2; exit 1; }
sleep "$settle"
mons=
for n in $(lab_nodes); do ip -ts -n "$n" monitor address >"$BENCH_DIR/$n/mon.txt" 2>/dev/null & mons="$mons $!"; done
for _ in $(seq "$CPU"); do ( while :; do :; done ) & hogs="$hogs $!"; done
for _ in $(seq "$FORK"); do ( while :; do /bin/true; done ) & hogs="$hogs $!"; done
for _ in $(seq "$SWITCH"); do
	python3 -c '
import os
a, b = os.pipe(), os.pipe()
if os.fork():
    read, write, others = a[0], b[1], (a[1], b[0])
    os.write(write, b"x")
else:
    read, write, others = b[0], a[1], (a[0], b[1])
for fd in others: os.close(fd)
try:
    while os.read(read, 1): os.write(write, b"x")
except BrokenPipeError: pass # the other one was told to end first
' & hogs="$hogs $!"
done
sleep "$SECS"
load=$(cut -d' ' -f1 /proc/loadavg)
calm
kill $mons 2>/dev/null; wait $mons 2>/dev/null
moves=$(for n in $(lab_nodes); do grep " $VIP/" "$BENCH_DIR/$n/mon.txt" | grep -vc Deleted; done | awk "{s+=\$1} END{print s+0}")
line="$peer,$BENCH_VARIANT,$SECS,$CPU,$FORK,$SWITCH,$moves,$(owners | tr '\n' ' '),$load"
echo "$line" >>"$CSV"; echo "$line"
