id       S18
title    The standby node r2, active for g2, loses its client link
c-did    A race: VIP2 was unreachable for more than 10 s.
must     g2 is on r1 within the bound of S15.
begin    home
fault    r2
pairings GG

step eth0 of r2 is unplugged
cut r2 eth0 carrier
expect owner g2 = r1 within 0.3s + T
expect outage g2 <= 0.3s + T
expect calls r1 A any = 0
expect lost g1 none

step it is plugged in again
heal r2 eth0
expect owner g2 = r2 within 30s
expect outage g2 <= T + 50ms
expect lost g1 none
