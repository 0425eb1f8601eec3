id       S43-b
title    Resource active before the start, on the other node
c-did    r1 started VIP1 too, and r2 kept it: two owners for ever.
must     The node reports what it really holds, and its peer waits: never two owners.
begin    stopped
pairings GG
allow-log address.conflict

step address and TestRsc A run on r2 before any daemon does
run r2 "ip addr add {g1/} dev eth0 && touch /run/testrsc.A"
& start r1
start r2
expect owner g1 = r2 within 2K + 1s + 2T
expect owner g2 = r2 within 2K + 1s + 2T
expect rscstatus r1 = none
expect rscstatus r2 = all
expect running r2 A = yes
expect running r1 A = no
expect calls r1 A start = 0
expect owner g1 stays r2 for 1s
expect double g1 <= 50ms

step it goes home when it is told to
tool r1 hb_takeover local
expect owner g1 = r1
expect running r2 A = no
expect rscstatus r1 = local
expect rscstatus r2 = local
