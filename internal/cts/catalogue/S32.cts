id       S32
title    haresources differ: r2 lacks g1
c-did    r2 said all; VIP1 ran nowhere.
must     The difference is reported on both nodes as soon as they meet; after the death of r1 r2 does not pretend to have everything.
begin    home
pairings GG
resources @r1 {r1} IPaddr2::{g1/}/eth0 TestRsc::A
resources {r2} IPaddr2::{g2/}/eth0 TestRsc::B

step both notice the difference
expect status r1 haresources
expect owner g1 = r1
expect owner g2 = r2

step r1 dies
power-off r1
expect sees r2 r1 = dead within D + 50ms
expect owner g2 stays r2 for 1s
expect calls r2 A any = 0
