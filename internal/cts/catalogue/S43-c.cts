id       S43-c
title    Only the address is active before the start
c-did    The group was considered done: TestRsc A was never started.
must     Every member is started.
begin    stopped
pairings GG

step only the address runs on r1
run r1 "ip addr add {g1/} dev eth0"
& start r1
start r2
expect running r1 A = yes within 2K + 0.8s + T
expect rscstatus r1 = local
expect calls r1 A start = 1
