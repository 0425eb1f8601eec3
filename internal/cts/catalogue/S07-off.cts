id       S07-off
title    Graceful stop of r1, then restart, with auto_failback off
c-did    As S07; after the restart r1 had none and r2 all.
must     As S07; after the restart nothing moves.
begin    home
set      auto_failback off

step r1 is stopped
stop r1
expect exit = 0
@GG,GC expect took <= T + 0.3s + 2C
# heartbeat -k of C looks once a second whether it has ended: 3 s, at times 4.
@CG expect took <= T + 1.3s + 2C
expect owner g1 = r2
expect outage g1 <= T + 50ms + C

step r1 is started again
start r1
expect sees r2 r1 = active within 1s + 2K + C + C
expect owner g1 stays r2 for 2s
expect rscstatus r1 = none
expect rscstatus r2 = all
expect calls r2 A any = 0
expect calls r1 A any = 0
expect lost g1 none
expect lost g2 none
