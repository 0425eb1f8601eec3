#!/bin/bash
# switch.sh PEERDIR heal|stop|none [RUNS]   what a client sees when the service moves
#   heal: the owner is cut off silently (frames dropped, carrier stays) for CUT seconds (10), so that both nodes own the
#   address; then the cut ends. stop: the owner is stopped gracefully. none: nothing happens.
#   Measured: time to exactly one owner; the client's silence while the answering node changes; and the longest silence of
#   all, which on a shared machine is often the prober's own (none shows how long).
#   env: BENCH_VARIANT, BENCH_LAB (folder with lab.sh, default ../shared/bench), WATCH seconds after the fault (8), CSV
# Needs root, iproute2, python3. Same laboratory and peers as the failover harness.
here=$(cd "$(dirname "$0")" && pwd)
BENCH_LAB=${BENCH_LAB:-$here/../../../shared/bench}
. "$BENCH_LAB/lab.sh"
P=$(cd "$1" && pwd); FAULT=${2:?heal, stop or none}; RUNS=${3:-7}; CUT=${CUT:-10}; WATCH=${WATCH:-8}; peer=$(basename "$P")
CSV=${CSV:-$BENCH_DIR/switch.csv}
[ -e "$CSV" ] || echo "peer,variant,fault,run,one_owner_ms,client_silence_ms,longest_silence_ms,switches_of_address,load1" >"$CSV"
settle=$(cat "$P/settle" 2>/dev/null || echo 3)
lab_down; lab_up 2; [ -x "$P/reset" ] && "$P/reset"
for n in $(lab_nodes); do node_on "$n"; done
for n in $(lab_nodes); do "$P/start" "$n"; done
wait_owner 60 >/dev/null || { echo "$peer: no owner after 60 s" >&2; lab_down; exit 1; }
for r in $(seq "$RUNS"); do
	own=$(wait_owner 90) || { echo "no single owner before run $r" >&2; break; }
	sleep "$settle"; own=$(wait_owner 60)
	[ "$FAULT" != heal ] || { link_mute "$own" 0; link_mute "$own" 1; sleep "$CUT"; }
	mons=
	for n in $(lab_nodes); do ip -ts -n "$n" monitor address >"$BENCH_DIR/$n/mon.txt" 2>/dev/null & mons="$mons $!"; done
	before=$(owners | tr '\n' ' ')
	ip netns exec "$CL" "$BENCH_PROBE" probe -target "$VIP:$BENCH_PORT" -proto udp -interval 1ms -for $((WATCH + 1))s -min-gap 3ms >"$BENCH_DIR/switch.json" & pp=$!
	sleep 1
	t0=$(now_ns)
	case $FAULT in
	heal) link_unmute "$own" 0; link_unmute "$own" 1 ;;
	stop) "$P/stop" "$own" ;;
	esac
	wait $pp
	kill $mons 2>/dev/null; wait $mons 2>/dev/null
	python3 - "$BENCH_DIR" "$t0" "$VIP" "$before" "$CSV" "$peer,$BENCH_VARIANT,$FAULT,$r" $(lab_nodes) <<'PY'
import sys, json, datetime
d, t0, vip, before, csv, key = sys.argv[1:7]; nodes = sys.argv[7:]; t0 = int(t0)
held = {n: n in before.split() for n in nodes}
changes = []
for n in nodes:
    for l in open(d+'/'+n+'/mon.txt'):
        if ' %s/' % vip not in l or not l.startswith('['): continue
        ts = datetime.datetime.fromisoformat(l[1:l.index(']')]).replace(tzinfo=datetime.timezone.utc).timestamp()*1e9
        if ts >= t0: changes.append((ts, n, 'Deleted' not in l))
changes.sort(); last = None
one = 0.0 if sum(held.values()) == 1 else None
for ts, n, has in changes:
    held[n] = has
    if sum(held.values()) == 1: one = (ts-t0)/1e6; last = one
    else: one = None
g = [x for x in json.load(open(d+'/switch.json'))['gaps'] if x['to_ns'] == 0 or x['to_ns'] > t0]
def longest(gaps): return 'inf' if any(x['to_ns'] == 0 for x in gaps) else '%.1f' % max([x['ms'] for x in gaps] or [0])
# A silence without an end counts for both: the client lost the service.
silence = longest([x for x in g if x['to_ns'] == 0 or x['before'] != x['after']]) + ',' + longest(g)
load = open('/proc/loadavg').read().split()[0]
line = '%s,%s,%s,%d,%s' % (key, 'never' if one is None else '%.1f' % one, silence, len(changes), load)
open(csv, 'a').write(line+'\n'); print(line, '(owners before: %s)' % before, flush=True)
PY
	[ "$FAULT" != stop ] || { node_cut "$own"; sleep .3; node_on "$own"; "$P/start" "$own"; }
	wait_owner 90 >/dev/null || { echo "no single owner after run $r: $(owners | tr '\n' ' ')" >&2; break; }
done
lab_down
