id       S10
title    hb_standby without a peer
c-did    "No reply to standby request." after 10 s; r1 stayed all.
must     Refused at once with exit code 2 and the reason; nothing moves.
begin    lone
pairings GG

step r1 is told to give everything up
tool r1 hb_standby all
expect exit = 2
expect took <= 1s
expect owner g1 stays r1 for 1s
expect rscstatus r1 = all
expect calls r1 A any = 0
expect calls r1 B any = 0
