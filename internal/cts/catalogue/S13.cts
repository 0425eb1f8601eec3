id       S13
title    One of two links of r1 is unplugged and plugged in again
c-did    "Link r1:eth1 dead." after 1.3 s, up 0.2 s after the plug; no failover.
must     The link counts as dead by D; no resource action, no lost probe.
begin    home

step the second link of r1 is unplugged
cut r1 eth1 carrier
expect link r2 r1 eth1 = dead within D + 100ms + C
expect link r1 r2 eth1 = dead within D + 100ms + C
expect owner g1 stays r1 for D
expect owner g2 stays r2 for D
expect calls r1 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none

step it is plugged in again
heal r1 eth1
expect link r2 r1 eth1 = up within 2K + 200ms + C
expect link r1 r2 eth1 = up within 2K + 200ms + C
expect calls r1 A any = 0
expect lost g1 none
expect lost g2 none
