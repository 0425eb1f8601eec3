id       S02
title    Cold start of one node, its peer is off
c-did    The addresses came at initdead + 0.24 to 0.56 s, and rscstatus said transition for 10 s more.
must     Both addresses within I + 0.1 s + T; rscstatus says all as soon as the scripts are done.
begin    stopped
pairings GG

step r1 is started alone
start r1
expect owner g1 = r1 within I + 0.1s + T + 300ms
expect owner g2 = r1 within I + 0.1s + T + 300ms
expect rscstatus r1 = all within I + 0.2s + 2T + 300ms
expect calls r1 A start = 1
expect calls r1 B start = 1
