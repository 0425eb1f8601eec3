id       S09
title    hb_standby on both nodes at once
c-did    Both ignored each other, cancelled after 10 s, and nothing moved.
must     A tie is broken or both are refused within 1 s with a reason; never ten seconds of deafness.
begin    home
pairings GG

step both are told to give everything up
& tool r1 hb_standby all
tool r2 hb_standby all
expect rscstatus r1 = local|none|all within 1s + 2T
expect rscstatus r2 = local|none|all within 1s + 2T

step the next command is obeyed
tool r1 hb_takeover all
expect owner g1 = r1 within 2s + T
expect owner g2 = r1 within 2s + T
expect rscstatus r1 = all
expect rscstatus r2 = none
