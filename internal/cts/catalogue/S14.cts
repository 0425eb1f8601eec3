id       S14
title    The client-side link of r1 is lost, the second link is fine
c-did    Nothing; VIP1 was unreachable all the time.
must     Loss of the carrier of the address's own interface counts as failure of the group: it moves if the peer has a carrier.
begin    home
pairings GG

step eth0 of r1 is unplugged
cut r1 eth0 carrier
expect owner g1 = r2 within 0.3s + T
expect outage g1 <= 0.3s + T
expect calls r2 A start = 1
expect lost g2 none

step it is plugged in again
heal r1 eth0
expect owner g1 = r1 within 30s
expect outage g1 <= T + 50ms
expect rscstatus r1 = local
expect lost g2 none
