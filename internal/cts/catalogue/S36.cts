id       S36
title    Stop right after a lone start
c-did    It waited for its own 10 s timer and returned after 16.7 s, with the services up meanwhile.
must     The stop begins at once and returns within T + 0.3 s.
begin    stopped
pairings GG

step r1 starts alone
start r1
expect rscstatus r1 = all
wait 500ms

step r1 is stopped
stop r1
expect exit = 0
expect took <= T + 0.3s
expect owner g1 = nobody
expect owner g2 = nobody
expect calls r1 A stop = 1
expect calls r1 B stop = 1
