id       S16
title    Partition and heal, without fencing
c-did    Both took all. After the heal both released, both restarted, the addresses were back after 17.4 s; away 15 to 16 s.
must     The doubles are unavoidable with take_over unsafe. At the heal one loser releases within 100 ms of the first contact, by a fixed rule; the winner keeps its services.
begin    home
pairings GG
set      auto_failback off
split
allow-log *

step every link of r1 goes mute for four seconds
cut r1 all mute
expect rscstatus r1 = all within D + 200ms + T
expect rscstatus r2 = all within D + 200ms + T
wait 4s

step the links heal
heal r1 all
expect owner g1 = r1 within 2K + 100ms + T
expect owner g2 = r2 within 2K + 100ms + T
expect rscstatus r1 = local within 5s
expect rscstatus r2 = local within 5s
expect owner g1 stays r1 for 2s
expect outage g2 <= 2K + 100ms
expect double g1 <= 2K + 100ms + T
expect double g2 <= 2K + 100ms + T
expect calls r1 A any = 0
expect calls r2 B any = 0
