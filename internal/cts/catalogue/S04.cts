id       S04
title    kill -9 of the master process only
c-did    The FIFO child noticed, all children ended, the resources stayed; r2 took over: both carried VIP1 for ever.
must     The process is started again with what it held in less than 0.3 s: no loss of service, no take-over, never two owners.
begin    home
pairings GG GC
allow-log self.revived
allow-log again
allow-log attempted replay attack

step the master process of r1 is killed
kill-engine r1
expect event r1 self.revived "" within 0.3s + 500ms
expect owner g1 stays r1 for D + 1s
expect rscstatus r1 = local
expect calls r1 A start = 0
expect calls r1 A stop = 0
expect calls r2 A any = 0
@GG expect no event r2 node.dead
expect lost g1 none
expect lost g2 none
