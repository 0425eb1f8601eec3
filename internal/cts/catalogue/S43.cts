id       S43
title    Resource active before the start, on its own node
c-did    Start-up printed CRITICAL lines and went on; the resource was taken as it was, without ARP.
must     It is adopted, announced, and every member is verified: nothing is started twice, the client notices nothing.
begin    stopped
pairings GG

step address and TestRsc A run on r1 before any daemon does
run r1 "ip addr add {g1/} dev eth0 && touch /run/testrsc.A"
& start r1
start r2
expect rscstatus r1 = local within 2K + 0.8s + 2T
expect rscstatus r2 = local within 2K + 0.8s + 2T
expect owner g1 = r1
expect calls r1 A stop = 0
expect calls r2 A any = 0
