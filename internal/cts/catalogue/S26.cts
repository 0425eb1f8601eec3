id       S26
title    The same node name on two machines
c-did    A flood of "attempted replay attack", both nodes declared r2 dead and took all.
must     The second instance refuses to start resources; the running nodes ignore it.
begin    home
pairings GG
needs    third
allow-log *

step r3 starts under the name of r2
run r3 "timeout -s KILL 15 {heartbeat} run --node {r2}; echo rc=$?"
expect owner g1 = r1
expect owner g2 = r2
expect address r3 {g2} = absent
expect calls r3 B any = 0
expect calls r2 B any = 0
expect calls r1 A any = 0
expect rscstatus r1 = local
expect rscstatus r2 = local
