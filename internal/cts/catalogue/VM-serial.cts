id       VM-serial
title    Both networks of r1 fail, a serial line is left
c-did    Not measured.
must     Nobody is declared dead, and nothing moves: the serial line carries the heartbeat alone.
begin    home
pairings GG
needs    serial
set      serial /dev/ttyS1
set      baud 115200

step every network of r1 goes mute
cut r1 all mute
expect link r2 r1 eth0 = dead
expect link r2 r1 eth1 = dead
expect owner g1 stays r1 for 2D
expect owner g2 stays r2 for D
expect sees r1 r2 = active
expect sees r2 r1 = active
expect calls r1 A any = 0
expect calls r2 A any = 0
expect no event r2 node.dead

step the networks heal
heal r1 all
expect link r2 r1 eth0 = up
expect link r1 r2 eth1 = up
expect calls r2 A any = 0
expect rscstatus r1 = local
expect rscstatus r2 = local
