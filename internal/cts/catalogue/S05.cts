id       S05
title    A medium breaks and comes back
c-did    "HBREAD process died. Beginning communications restart...", both children of the medium were restarted at once, no failover.
must     The medium is open again within 100 ms of the interface; nothing else changes.
begin    home
pairings GG GC

step the interface of the second link goes down and up
run r1 "ip link set eth1 down; sleep 2; ip link set eth1 up"
expect link r2 r1 eth1 = up within 2s + 0.1s + 2K + 500ms + C
expect link r1 r2 eth1 = up within 2s + 0.1s + 2K + 500ms + C
expect owner g1 stays r1 for D
expect owner g2 stays r2 for D
expect calls r1 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none
