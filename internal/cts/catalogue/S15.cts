id       S15
title    The way of r1 to the ping node is lost
c-did    ipfail moved all to r2; away 3.5 s with deadping 2; after the heal a hand-back of 140 ms.
must     Away no longer than deadping, 2K and T.
begin    home
needs    ping-node
pairings GG
set      ping {client}
set      deadping 1
set      #!hb connectivity on

step the client side of r1 goes mute
wait 1s
cut r1 eth0 mute
expect owner g1 = r2 within 1s + 1s + 3K + T + 200ms
expect outage g1 <= 1s + 3K + T + 200ms
expect lost g2 none

step it heals
heal r1 eth0
expect owner g1 = r1 within 30s
expect outage g1 <= T + 50ms
expect lost g2 none
