#!/bin/bash
# messages.sh   how fast ordered messages of programs are on two nodes: ours, Corosync's closed process groups (CPG)
# and, when asked for, the classic client API of ours and of C Heartbeat, one after the other on the same two network namespaces. Prints lines of
#     peer  bytes  messages/s  own copy µs (median, 99 %)  answer of the other node µs (median, 99 %)
#   env: SECONDS_EACH (2), PEERS ("go corosync"; also: socket, heartbeat-c), OUT (default a new folder), PREFIX of the namespaces (mb)
# Needs root, iproute2, gcc and the packages corosync, libcpg-dev, heartbeat.
set -u
here=$(cd "$(dirname "$0")" && pwd); root=$here/../..
EACH=${SECONDS_EACH:-2}; PEERS=${PEERS:-go corosync}; OUT=${OUT:-$(mktemp -d)}; N=${PREFIX:-mb}
mkdir -p "$OUT"
started=()
finish() {
	for p in "${started[@]}"; do kill -9 -- "-$p" 2>/dev/null; done
	for i in 1 2; do
		for p in $(ip netns pids "$N$i" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done
		ip netns del "$N$i" 2>/dev/null
	done
}
trap finish EXIT
(cd "$root" && CGO_ENABLED=0 go build -o "$OUT/msgbench" ./test/msgbench) || exit 1
for i in 1 2; do ip netns add "$N$i" && ip -n "$N$i" link set lo up; done
ip link add "${N}v1" netns "${N}1" type veth peer name "${N}v2" netns "${N}2" || exit 1
for i in 1 2; do
	ip -n "$N$i" link set "${N}v$i" name eth0
	ip -n "$N$i" addr add 10.66.7.$i/24 brd + dev eth0
	ip -n "$N$i" link set eth0 up
done

# hb NODE: configuration of Heartbeat, ours and C.
hb() {
	local d=$OUT/$1$2/etc; mkdir -p "$d" "$OUT/$1$2/lib" "$OUT/$1$2/run"
	printf 'auth 1\n1 sha1 benchmark-key\n' >"$d/authkeys"; chmod 600 "$d/authkeys"; : >"$d/haresources"
	printf 'logfile %s/%s%s.log\nkeepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 10\nudpport 694\nucast eth0 10.66.7.%s\nauto_failback off\napiauth bench uid=root\nnode n1 n2\n' \
		"$OUT" "$1" "$2" $((3 - $2)) >"$d/ha.cf"
}
# on NODE COMMAND...: in the namespace of the node, with files of its own.
on() {
	local i=$1; shift
	ip netns exec "$N$i" unshare -m -u -- sh -c '
		hostname n'$i'; d=$1; shift
		mount --bind $d/etc /etc/ha.d 2>/dev/null; mount --bind $d/lib /var/lib/heartbeat
		mount -t tmpfs none /dev/shm; mount -t tmpfs none /run; mkdir -p /run/heartbeat /run/lock
		exec "$@"' x "$@"
}
behind() { setsid "$@" >>"$OUT/log" 2>&1 & started+=($!); }
export -f on; export N OUT

for peer in $PEERS; do
	case $peer in
	go)
		for i in 1 2; do hb go $i; done
		behind bash -c 'on 2 $OUT/go2 $OUT/msgbench -name n2'
		on 1 "$OUT/go1" timeout 120 "$OUT/msgbench" -name n1 -peer n2 -for ${EACH}s | tee -a "$OUT/table" ;;
	socket)
		for i in 1 2; do hb sock $i; done
		behind bash -c 'on 2 $OUT/sock2 sh -c "$OUT/msgbench -name n2 -daemon >>$OUT/log 2>&1 & exec $OUT/msgbench -socket /run/heartbeat/register -name n2"'
		on 1 "$OUT/sock1" timeout 120 sh -c "$OUT/msgbench -name n1 -daemon >>$OUT/log 2>&1 & exec $OUT/msgbench -label heartbeat-go-socket -socket /run/heartbeat/register -name n1 -peer n2 -for ${EACH}s" | tee -a "$OUT/table" ;;
	heartbeat-c)
		for i in 1 2; do hb c $i; done
		prepare='chown hacluster:haclient /run/heartbeat; mkdir -p /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/hacluster; chown hacluster /var/lib/heartbeat/cores/hacluster; /usr/libexec/heartbeat/heartbeat >>$OUT/log 2>&1;'
		export prepare
		behind bash -c 'on 2 $OUT/c2 sh -c "$prepare exec $OUT/msgbench -socket /run/heartbeat/register -name n2"'
		on 1 "$OUT/c1" timeout 180 sh -c "$prepare exec $OUT/msgbench -label heartbeat-c -sizes 100,1000 -socket /run/heartbeat/register -name n1 -peer n2 -for ${EACH}s" | tee -a "$OUT/table" ;;
	corosync)
		cc -O2 -o "$OUT/cpgbench" "$here/cpgbench.c" -lcpg || exit 1
		for i in 1 2; do
			mkdir -p "$OUT/co$i/etc" "$OUT/co$i/lib" "$OUT/co$i/coro"
			printf 'totem {\n version: 2\n cluster_name: bench\n transport: knet\n crypto_cipher: none\n crypto_hash: none\n token: 2000\n}\nnodelist {\n node {\n  ring0_addr: 10.66.7.1\n  name: n1\n  nodeid: 1\n }\n node {\n  ring0_addr: 10.66.7.2\n  name: n2\n  nodeid: 2\n }\n}\nquorum {\n provider: corosync_votequorum\n two_node: 1\n wait_for_all: 0\n}\nsystem {\n allow_knet_handle_fallback: yes\n}\nlogging {\n to_syslog: no\n to_logfile: yes\n logfile: %s\n}\n' "$OUT/corosync$i.log" >"$OUT/co$i/coro/corosync.conf"
			head -c 256 /dev/zero | tr '\0' k >"$OUT/co$i/coro/authkey"
		done
		start='mount --bind $OUT/co'; run='/coro /etc/corosync; mkdir -p /var/lib/corosync; mount -t tmpfs none /var/lib/corosync; corosync >>$OUT/log 2>&1;'
		export start run
		behind bash -c 'on 2 $OUT/co2 sh -c "$start$(echo 2)$run exec $OUT/cpgbench"'
		on 1 "$OUT/co1" timeout 120 sh -c "${start}1$run exec $OUT/cpgbench $EACH" | tee -a "$OUT/table" ;;
	esac
	for p in "${started[@]}"; do kill -9 -- "-$p" 2>/dev/null; done; started=()
	for i in 1 2; do for p in $(ip netns pids "$N$i" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done; done
done
