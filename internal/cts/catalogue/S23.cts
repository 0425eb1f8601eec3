id       S23
title    The clock jumps: an hour forward, a day back; and a reboot with the clock a day back
c-did    No failover, "Clock jumped backwards. Compensating."; a normal rejoin after the reboot.
must     The same.
begin    home
needs    clock

step the clock of r1 jumps
clock r1 +1h
wait 1s
clock r1 -24h
expect owner g1 stays r1 for 2D
expect owner g2 stays r2 for D
expect calls r1 A any = 0
expect lost g2 none

step r1 reboots
power-off r1
expect owner g1 = r2
power-on r1
clock r1 -24h
start r1
expect owner g1 = r1
