id       S29
title    Fencing works: the device takes a second
c-did    reset called after 1.015 s, "OK" after 3.02 s, VIP1 after 3.17 s; 1.2 s without fencing.
must     VIP1 at D + the device's time + 50 ms + T; no start before the result. As in C nobody waits for the other one first: fence_delay 0.
begin    home
pairings GG
needs    power fencing
set      stonith_host {r1} /etc/ha.d/fence_cts hosts={r2}
set      stonith_host {r2} /etc/ha.d/fence_cts hosts={r1}
set      #!hb fence_delay 0
allow-log fenc

step the plug of r1 is pulled
power-off r1
expect owner g1 = r2 within D + 1s + 50ms + T + 200ms
expect outage g1 <= D + 1s + 50ms + T + 200ms
expect calls r2 A start = 1
run r2 "grep -c . /var/log/fence"
expect output 1
expect rscstatus r2 = all
expect lost g2 none
