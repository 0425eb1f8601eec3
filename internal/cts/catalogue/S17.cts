id       S17
title    The ping node dies; both nodes see it
c-did    No move of all; one useless round of standby.
must     No resource action.
begin    home
needs    third
pairings GG
set      ping {r3:eth0}
set      deadping 1
set      #!hb connectivity on

step the ping node is switched off
wait 1s
power-off r3
expect owner g1 stays r1 for 3s
expect owner g2 stays r2 for 1s
expect calls r1 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none
