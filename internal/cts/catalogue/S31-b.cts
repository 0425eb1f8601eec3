id       S31-b
title    The giver dies in the middle of a hand-over
c-did    r2 declared r1 dead and took over 1.07 s after the death.
must     As S03.
begin    home

step the stop of TestRsc A takes long
script r1 A stop takes 6s
tool r1 hb_standby all
expect calls r1 A stop = 1
expect calls r2 A any = 0

step r1 dies
power-off r1
expect owner g1 = r2 within D + 30ms + T + 2C
expect rscstatus r2 = all
expect calls r2 A start = 1
