id       S03
title    Power-off of r1, and its return
c-did    r2 had everything after 1.2 to 1.7 s (deadtime 1 s); the hand-back came 1.5 to 2.2 s after the return.
must     r2 carries the address of g1 by D + 30 ms + T. The return is as in S07; what the former life left is cleaned away first.
begin    home

step the plug of r1 is pulled
power-off r1
expect owner g1 = r2 within D + 30ms + T + C
expect outage g1 <= D + 30ms + T + C
expect rscstatus r2 = all within D + 200ms + T + C
expect calls r2 A start = 1
expect calls r2 B any = 0
expect event r2 node.dead {r1}
expect lost g2 none

step r1 comes back
power-on r1
start r1
expect owner g1 = r1 within 1.5s + 2K + 2T + 3C
expect outage g1 <= T + 50ms + C
expect rscstatus r1 = local
expect rscstatus r2 = local
expect lost g2 none
