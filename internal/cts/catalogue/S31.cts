id       S31
title    The receiver dies in the middle of a hand-over
c-did    r1 took its group back after 1.3 to 1.7 s.
must     r1 runs g1 again by D + T after the death.
begin    home
fault    r2

step r1 hands over, and the start on r2 takes long
script r2 A start takes 6s
tool r1 hb_standby all
expect calls r2 A start = 1

step r2 dies
power-off r2
expect owner g1 = r1 within D + 30ms + T + 2C
expect owner g2 = r1 within D + 30ms + T + 2C
expect rscstatus r1 = all
expect calls r1 A start = 1
