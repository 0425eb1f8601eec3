id       S08
title    Graceful stop of r2, which holds g2
c-did    VIP2 moved to r1 in 520 ms; VIP1 lost no probe.
must     As S07, and g1 gets no script call at all.
fault    r2
begin    home

step r2 is stopped
stop r2
expect exit = 0
@GG,GC expect took <= T + 0.3s + 2C
# heartbeat -k of C looks once a second whether it has ended: 3 s, at times 4.
@CG expect took <= T + 1.3s + 2C
expect owner g2 = r1
expect outage g2 <= T + 50ms + C
expect rscstatus r1 = all
expect calls r1 A any = 0
@GG,GC expect calls r2 A any = 0
expect lost g1 none
