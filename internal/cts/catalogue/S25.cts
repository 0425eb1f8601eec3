id       S25
title    A node with an unknown name speaks
c-did    "bad node [r3] in message" and a dump for every packet; r3 waited for ever, its API closed.
must     A line in the log that is rate-limited and names the fix; nothing moves; r3 holds nothing.
begin    lone
pairings GG
needs    third
set @r3  node {r1} {r3}
resources @r3 {r1} IPaddr2::{g1/}/eth0 TestRsc::A
resources @r1 {r1} IPaddr2::{g1/}/eth0 TestRsc::A
resources @r2 {r1} IPaddr2::{g1/}/eth0 TestRsc::A

step r3 starts
expect owner g1 = r1
start r3
expect event r1 node.unknown {r3} within 3s + 4K
wait 2s
expect owner g1 = r1
expect address r3 {g1} = absent
expect calls r3 A any = 0
expect calls r1 A stop = 0
