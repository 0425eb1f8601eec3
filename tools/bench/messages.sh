#!/bin/bash
# messages.sh   how fast ordered messages of programs are on 2 and 3 nodes: ours (a program inside the daemon, one at the classic socket, one at
# the HTTP socket), Corosync's closed process groups (CPG) and C Heartbeat's client API. All clusters are up at the same time, each in network
# namespaces of its own, and are measured in turn, so that whatever else the machine does hits all alike. Prints a table in Markdown:
# medians over all rounds; microseconds, with the 99th percentile in brackets. An answer is there when the last of the other nodes has answered.
#   env: ROUNDS (5), SECONDS_EACH (0.5: each latency and each rate), SIZES ("100 1000 65536"), NODES ("2 3"),
#        PEERS ("go classic http corosync heartbeat-c"), MEDIUM (mcast; also ucast, bcast), OUT (default a new folder), PREFIX of the namespaces (mb),
#        COUNTERS=1 (print those of our node)
# Needs root, iproute2, gcc and the packages corosync, libcpg-dev, heartbeat.
set -u
here=$(cd "$(dirname "$0")" && pwd); root=$here/../..
ROUNDS=${ROUNDS:-5}; EACH=${SECONDS_EACH:-0.5}; SIZES=${SIZES:-100 1000 65536}; NODES=${NODES:-2 3}; MEDIUM=${MEDIUM:-mcast}
PEERS=${PEERS:-go classic http corosync heartbeat-c}; OUT=${OUT:-$(mktemp -d)}; N=${PREFIX:-mb}
mkdir -p "$OUT"; : >"$OUT/results"
log=$OUT/log

# The clusters that the peers need; the two sockets are of one daemon.
clusters=$(for p in $PEERS; do case $p in classic | http) echo daemon ;; *) echo "$p" ;; esac; done | sort -u)
short() { case $1 in go) echo g ;; daemon) echo d ;; corosync) echo c ;; heartbeat-c) echo h ;; esac; }
space() { echo "$N$(short "$1")$2"; } # CLUSTER NODE: the namespace of a node

started=()
down() {
	for p in "${started[@]}"; do kill -9 -- "-$p" 2>/dev/null; done
	started=()
	for c in $clusters; do
		for i in 1 2 3; do
			for p in $(ip netns pids "$(space "$c" $i)" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done
			ip netns del "$(space "$c" $i)" 2>/dev/null
		done
		ip netns del "$(space "$c" s)" 2>/dev/null
	done
	wait
} 2>/dev/null # of what was killed
trap down EXIT

(cd "$root" && CGO_ENABLED=0 go build -o "$OUT/" ./test/msgbench ./cmd/heartbeat) || exit 1
case $clusters in *corosync*) cc -O2 -o "$OUT/cpgbench" "$here/cpgbench.c" -lcpg || exit 1 ;; esac

# network CLUSTER COUNT: namespaces of the nodes, and a switch.
network() {
	local i ns sw; sw=$(space "$1" s)
	ip netns add "$sw" && ip -n "$sw" link add br0 type bridge mcast_snooping 0 forward_delay 0 && ip -n "$sw" link set br0 up || exit 1
	ip netns exec "$sw" sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null # a switch does not look into packets
	for i in $(seq "$2"); do
		ns=$(space "$1" "$i")
		ip netns add "$ns" && ip -n "$ns" link set lo up || exit 1
		ip -n "$sw" link add "v$i" type veth peer name eth0 netns "$ns" || exit 1
		ip -n "$sw" link set "v$i" master br0 up
		ip -n "$ns" addr add "10.66.7.$i/24" brd + dev eth0
		ip -n "$ns" link set eth0 up
	done
}

# hb CLUSTER NODE COUNT: configuration of Heartbeat, ours and C.
hb() {
	local d=$OUT/$1$2/etc names i; mkdir -p "$d" "$OUT/$1$2/lib"
	printf 'auth 1\n1 sha1 benchmark-key\n' >"$d/authkeys"; chmod 600 "$d/authkeys"; : >"$d/haresources"
	names=$(for i in $(seq "$3"); do printf ' n%s' "$i"; done)
	{
		printf 'logfile %s/%s%s.log\nkeepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 10\nudpport 694\n' "$OUT" "$1" "$2"
		case $MEDIUM in
		ucast) for i in $(seq "$3"); do [ "$i" = "$2" ] || echo "ucast eth0 10.66.7.$i"; done ;;
		bcast) echo 'bcast eth0' ;;
		mcast) echo 'mcast eth0 239.66.7.1 694 1 0' ;;
		esac
		printf 'auto_failback off\napiauth bench uid=root\napiauth web uid=root\nnode%s\n' "$names"
	} >"$d/ha.cf"
}

# on CLUSTER NODE COMMAND...: in the namespace of the node, with files of its own.
on() {
	local ns d=$OUT/$1$2 i=$2; ns=$(space "$1" "$2"); shift 2
	mkdir -p "$d/run/heartbeat" "$d/run/lock"
	ip netns exec "$ns" unshare -m -u -- sh -c '
		hostname n'"$i"'; d=$1; shift
		mount --bind $d/etc /etc/ha.d 2>/dev/null; mount --bind $d/lib /var/lib/heartbeat
		[ ! -d $d/coro ] || { mount --bind $d/coro /etc/corosync; mkdir -p /var/lib/corosync; mount -t tmpfs none /var/lib/corosync; mount --bind $d/shm /dev/shm; }
		mount --bind $d/run /run
		exec nice -n -20 "$@"' x "$d" "$@" # what else the machine does shall not decide
}
behind() { setsid bash -c '"$@" >>$OUT/log 2>&1' x "$@" & started+=($!); }
# program PEER CLUSTER NODE COUNT COMMAND...: the measuring program on node 1, which is spoken to through FIFOs, or an answering one.
program() {
	local peer=$1 cluster=$2 node=$3 count=$4; shift 4
	if [ "$node" != 1 ]; then behind on "$cluster" "$node" "$@"; return; fi
	rm -f "$OUT/$peer.ask" "$OUT/$peer.tell"; mkfifo "$OUT/$peer.ask" "$OUT/$peer.tell"
	setsid bash -c 'f=$1; shift; on "$@" <>"$f.ask" >"$f.tell" 2>>"$OUT/log"' x "$OUT/$peer" "$cluster" 1 "$@" & started+=($!)
}
export -f on space short; export N OUT

# start CLUSTER NODE COUNT
start() {
	local c=$1 i=$2 n=$3 others=0; [ "$i" != 1 ] || others=$((n - 1))
	case $c in
	go)
		hb "$c" "$i" "$n"
		program go go "$i" "$n" "$OUT/msgbench" -label 'Heartbeat, Go API' -name "n$i" -others $others ${COUNTERS:+-counters} ;;
	daemon)
		hb "$c" "$i" "$n"
		behind on daemon "$i" "$OUT/heartbeat" run -M -q
		case " $PEERS " in *" classic "*)
			program classic daemon "$i" "$n" "$OUT/msgbench" -label 'Heartbeat, classic client API' -name "n$i" -others $others -socket /run/heartbeat/register -most 500 ;;
		esac
		case " $PEERS " in *" http "*)
			program http daemon "$i" "$n" "$OUT/msgbench" -label 'Heartbeat, HTTP' -name "n$i" -others $others -web /run/heartbeat/api.sock -most 500 -as web ;;
		esac ;;
	heartbeat-c)
		hb "$c" "$i" "$n"
		behind on heartbeat-c "$i" sh -c 'chown hacluster:haclient /run/heartbeat; mkdir -p /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/hacluster
			chown hacluster /var/lib/heartbeat/cores/hacluster; exec /usr/libexec/heartbeat/heartbeat'
		program heartbeat-c heartbeat-c "$i" "$n" "$OUT/msgbench" -label 'C Heartbeat, client API' -name "n$i" -others $others -socket /run/heartbeat/register -most 200 ;;
	corosync)
		local d=$OUT/$c$i j; mkdir -p "$d/etc" "$d/lib" "$d/coro" "$d/shm"
		{
			printf 'totem {\n version: 2\n cluster_name: bench\n transport: knet\n crypto_cipher: none\n crypto_hash: none\n token: 2000\n}\nnodelist {\n'
			for j in $(seq "$n"); do printf ' node {\n  ring0_addr: 10.66.7.%s\n  name: n%s\n  nodeid: %s\n }\n' "$j" "$j" "$j"; done
			printf '}\nquorum {\n provider: corosync_votequorum\n wait_for_all: 0\n}\nsystem {\n allow_knet_handle_fallback: yes\n}\nlogging {\n to_syslog: no\n to_stderr: no\n to_logfile: yes\n logfile_priority: warning\n logfile: %s\n}\n' "$OUT/corosync$i.log"
		} >"$d/coro/corosync.conf"
		head -c 256 /dev/zero | tr '\0' k >"$d/coro/authkey"
		behind on corosync "$i" corosync -f
		if [ "$i" = 1 ]; then program corosync corosync 1 "$n" "$OUT/cpgbench" $others; else program corosync corosync "$i" "$n" "$OUT/cpgbench"; fi ;;
	esac
}

# hear PEER SECONDS: the next line that says something, in $line; false when none comes.
hear() {
	while read -r -t "$2" -u "${tell[$1]}" line; do
		case $line in '#'*) echo "# $1: ${line#\# }" >&2 ;; *) return 0 ;; esac
	done
	return 1
}

declare -A ask tell
echo "# $(date '+%F %T'), load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors; $ROUNDS rounds of ${EACH} s for each figure" >&2
for count in $NODES; do
	for c in $clusters; do network "$c" "$count"; done
	for c in $clusters; do for i in $(seq "$count" -1 1); do start "$c" "$i" "$count"; done; done
	ready=()
	for p in $PEERS; do
		exec {fd}<>"$OUT/$p.ask"; ask[$p]=$fd
		exec {fd}<>"$OUT/$p.tell"; tell[$p]=$fd
		if hear "$p" 60 && [ "$line" = ready ]; then ready+=("$p"); else echo "# $p is not ready after a minute with $count nodes; see $log" >&2; fi
	done
	for round in $(seq "$ROUNDS"); do
		for size in $SIZES; do
			for p in "${ready[@]}"; do
				# C cannot send what does not fit into a datagram, and waits for it from then on: that is tried once, at the end.
				[ "$p" = heartbeat-c ] && [ "$size" -gt 60000 ] && [ "$round" != "$ROUNDS" ] && continue
				echo "$size 2000 $EACH" >&"${ask[$p]}"
				if hear "$p" 60; then echo "$line" >>"$OUT/results"; else echo "# $p does not answer with $count nodes and $size bytes" >&2; fi
			done
		done
	done
	for p in $PEERS; do fd=${ask[$p]}; exec {fd}>&-; fd=${tell[$p]}; exec {fd}>&-; done
	down
	rm -rf "$OUT"/*[123]/run "$OUT"/*[123]/lib
done
echo "# $(date '+%F %T'), load $(cut -d' ' -f1-3 /proc/loadavg)" >&2
"$OUT/msgbench" -report "$OUT/results"
