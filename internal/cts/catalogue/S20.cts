id       S20
title    Start failure during a take-over
c-did    r2 released g1; 30 s later a useless hb_standby foreign; r2 said all, and VIP1 was down for ever.
must     Reported as failed within T; tried again after 5, 10, 20 s and so on while no other node exists; g2 is untouched; rscstatus shows the truth.
begin    home
pairings GG CG
allow-log *

step r1 dies, and r2 cannot start its group
script r2 A start fails
power-off r1
expect event r2 group.failed "" within D + 1s + 3T + C
expect rscstatus r2 = local
expect owner g1 = nobody
expect calls r2 B any = 0
expect lost g2 none

step it is tried again, later
expect calls r2 A start >= 1

step the script is mended
script r2 A start ok
expect owner g1 = r2 within 25s
expect rscstatus r2 = all
expect calls r2 B any = 0
