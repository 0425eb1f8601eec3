#!/bin/bash
# pause.sh PEERDIR [RUNS]   what a client sees when a paused owner goes on
#   Every process of the owner is frozen for PAUSE seconds (5), longer than its deadtime, so that the other node takes over; then
#   it goes on. Measured: time to exactly one owner, the longest silence seen by the client from then on, and how long the client was
#   without an answer because of the pause itself. With PAUSE shorter than the deadtime nothing must happen.
#   env: BENCH_VARIANT, BENCH_LAB (folder with lab.sh, default ../shared/bench), WATCH seconds after the resume (5), CSV
# Needs root, iproute2, python3. Same laboratory and peers as the failover harness.
here=$(cd "$(dirname "$0")" && pwd)
BENCH_LAB=${BENCH_LAB:-$here/../../../shared/bench}
. "$BENCH_LAB/lab.sh"
P=$(cd "$1" && pwd); RUNS=${2:-7}; PAUSE=${PAUSE:-5}; WATCH=${WATCH:-5}; peer=$(basename "$P")
CSV=${CSV:-$BENCH_DIR/pause.csv}
[ -e "$CSV" ] || echo "peer,variant,pause_s,run,one_owner_ms,client_silence_ms,pause_outage_ms,changes_of_address,load1" >"$CSV"
settle=$(cat "$P/settle" 2>/dev/null || echo 3)
lab_down; lab_up 2; [ -x "$P/reset" ] && "$P/reset"
for n in $(lab_nodes); do node_on "$n"; done
for n in $(lab_nodes); do "$P/start" "$n"; done
wait_owner 60 >/dev/null || { echo "$peer: no owner after 60 s" >&2; lab_down; exit 1; }
for r in $(seq "$RUNS"); do
	own=$(wait_owner 90) || { echo "no single owner before run $r" >&2; break; }
	sleep "$settle"; sleep 0.$((RANDOM % 900 + 100)); own=$(wait_owner 60)
	mons=
	for n in $(lab_nodes); do ip -ts -n "$n" monitor address >"$BENCH_DIR/$n/mon.txt" 2>/dev/null & mons="$mons $!"; done
	ip netns exec "$CL" "$BENCH_PROBE" probe -target "$VIP:$BENCH_PORT" -proto udp -interval 1ms -for "$(awk "BEGIN{print $PAUSE+$WATCH+1}")s" -min-gap 3ms >"$BENCH_DIR/pause.json" & pp=$!
	sleep 1
	node_freeze "$own"; sleep "$PAUSE"
	before=$(owners | tr '\n' ' ')
	t0=${EPOCHREALTIME/./}000 # without a fork, which a busy machine would count as the peer's time
	node_thaw "$own"
	wait $pp
	kill $mons 2>/dev/null; wait $mons 2>/dev/null
	python3 - "$BENCH_DIR" "$t0" "$VIP" "$before" "$CSV" "$peer,$BENCH_VARIANT,$PAUSE,$r" $(lab_nodes) <<'PY'
import sys, json, datetime
d, t0, vip, before, csv, key = sys.argv[1:7]; nodes = sys.argv[7:]; t0 = int(t0)
held = {n: n in before.split() for n in nodes}
changes = []
for n in nodes:
    for l in open(d+'/'+n+'/mon.txt'):
        if ' %s/' % vip not in l or not l.startswith('['): continue
        ts = datetime.datetime.fromisoformat(l[1:l.index(']')]).replace(tzinfo=datetime.timezone.utc).timestamp()*1e9
        if ts >= t0: changes.append((ts, n, 'Deleted' not in l))
changes.sort()
one = 0.0 if sum(held.values()) == 1 else None
for ts, n, has in changes:
    held[n] = has
    if sum(held.values()) != 1: one = None
    elif one is None: one = (ts-t0)/1e6
gaps = json.load(open(d+'/pause.json'))['gaps']
after = [x for x in gaps if x['to_ns'] == 0 or x['from_ns'] >= t0]
silence = 'inf' if any(x['to_ns'] == 0 for x in gaps) else '%.1f' % max([x['ms'] for x in after] or [0])
outage = '%.1f' % max([x['ms'] for x in gaps if 0 < x['from_ns'] < t0] or [0])
load = open('/proc/loadavg').read().split()[0]
line = '%s,%s,%s,%s,%d,%s' % (key, 'never' if one is None else '%.1f' % one, silence, outage, len(changes), load)
open(csv, 'a').write(line+'\n'); print(line, '(owners before: %s)' % before, flush=True)
PY
	wait_owner 90 >/dev/null || { echo "no single owner after run $r: $(owners | tr '\n' ' ')" >&2; break; }
done
lab_down
