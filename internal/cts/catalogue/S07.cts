id       S07
title    Graceful stop of r1, then restart, with auto_failback on
c-did    251 to 301 ms away for one group, 595 ms for two; the stop returned after 3.0 s; a death was noticed 1 s later. Hand-back 165 to 215 ms away, 1.5 to 2.2 s after the start.
must     Away no longer than stop and start of the scripts and 50 ms; the stop returns within T + 0.3 s; nobody is declared dead; the hand-back comes within 1 s of the join.
begin    home

step r1 is stopped
stop r1
expect exit = 0
@GG,GC expect took <= T + 0.3s + 2C
# heartbeat -k of C looks once a second whether it has ended: 3 s, at times 4.
@CG expect took <= T + 1.3s + 2C
expect owner g1 = r2
expect outage g1 <= T + 50ms + C
expect rscstatus r2 = all
expect calls r1 A stop = 1
expect calls r2 A start = 1
expect calls r2 B any = 0
wait D + 500ms
@GG,CG expect no event r2 node.dead
expect lost g2 none

step r1 is started again
start r1
expect owner g1 = r1 within 1s + 2K + T + 3C
expect outage g1 <= T + 50ms + C
expect calls r2 A stop = 1
expect calls r1 A start = 1
expect rscstatus r1 = local
expect rscstatus r2 = local
expect lost g2 none
