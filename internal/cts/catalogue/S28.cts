id       S28
title    Stop failure, but status says stopped
c-did    11 tries, "Machine reboot narrowly avoided!", then it went on; away 315 ms.
must     The same tolerance with one look at the status after each failed stop: done within 2T + 1 s.
begin    home
pairings GG GC
allow-log TestRsc

step the stop of TestRsc A says that it failed, and did its work
script r1 A stop lies
tool r1 hb_standby all
expect owner g1 = r2 within 2T + 1s + 2C
expect rscstatus r2 = all
expect rscstatus r1 = none
expect calls r1 A stop <= 2
expect outage g1 <= T + 50ms + C
