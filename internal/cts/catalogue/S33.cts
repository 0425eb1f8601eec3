id       S33
title    Crash of r1 and restart faster than deadtime
c-did    "Heartbeat restart on node r1"; r2 took nothing; r1 took its own back and was away for 2.37 s.
must     r2 takes nothing over, nothing is started twice, away no longer than the restart and 0.5 s and T.
begin    home
timers   K=1s D=10s W=5s I=10s
allow-log restart

step r1 is killed and started again
kill r1
start r1
expect sees r2 r1 = active within 3K + 1s + 3C
expect owner g1 = r1
expect rscstatus r1 = local
@GG,GC expect outage g1 <= 0.5s + T + 500ms
@CG expect outage g1 <= 15s
expect calls r2 A any = 0
expect calls r2 B any = 0
@GG,GC expect calls r1 A start <= 1
expect lost g2 none
