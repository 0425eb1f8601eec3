id       VM-loss
title    Slow and lossy networks: 20 % of all packets of both nodes are lost, the others take 50 to 150 ms
c-did    Not measured.
must     Nobody is declared dead, and nothing moves.
begin    home
pairings GG
needs    netem
allow-log lost

step both networks of both nodes get worse
run r1 "modprobe sch_netem; for i in eth0 eth1; do tc qdisc add dev $i root netem delay 100ms 50ms loss 20% || exit 1; done"
expect exit = 0
run r2 "modprobe sch_netem; for i in eth0 eth1; do tc qdisc add dev $i root netem delay 100ms 50ms loss 20% || exit 1; done"
expect exit = 0
expect owner g1 stays r1 for 4D
expect owner g2 stays r2 for 4D
expect calls r1 A any = 0
expect calls r2 B any = 0
expect no event r1 node.dead
expect no event r2 node.dead
tool r1 hb_standby all
expect owner g1 = r2
expect rscstatus r2 = all

step they are well again
run r1 "tc qdisc del dev eth0 root; tc qdisc del dev eth1 root"
run r2 "tc qdisc del dev eth0 root; tc qdisc del dev eth1 root"
tool r1 hb_takeover local
expect owner g1 = r1
expect rscstatus r1 = local
expect rscstatus r2 = local
