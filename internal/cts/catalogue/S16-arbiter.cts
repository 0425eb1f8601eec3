id       S16-arbiter
title    Partition and heal, with an arbiter
c-did    There is no such setting; both took all (S16).
must     The side that cannot reach the arbiter releases before the other one starts: never two owners. After the heal the groups go home.
begin    home
pairings GG
needs    ping-node
set      ping {client}
set      #!hb take_over arbiter ping
set      #!hb stop_budget 1
allow-log *

step every link of r1 goes mute
wait 2s
cut r1 all mute
expect owner g1 = r2 within 2s + 2D + 1s + 2s + T
expect owner g2 = r2
expect double g1 <= 0s
expect calls r2 B any = 0

step the links heal
heal r1 all
expect owner g1 = r1
expect owner g2 = r2
expect double g1 <= 0s
expect rscstatus r1 = local
expect rscstatus r2 = local
