id       S29-tie
title    Fencing works: one of two equal nodes goes first, the other one waits
c-did    Both fenced at once: after a cut both nodes could go down.
must     The node that holds more groups, then the lower name, fences as soon as deadtime is over; the other one after 2 s and twice the slowest status check.
begin    home
pairings GG
needs    power fencing
set      stonith_host {r1} /etc/ha.d/fence_cts hosts={r2}
set      stonith_host {r2} /etc/ha.d/fence_cts hosts={r1}
allow-log fenc

step the plug of r2 is pulled: r1 goes first
power-off r2
expect owner g2 = r1 within D + 1s + 50ms + T + 200ms
expect outage g2 <= D + 1s + 50ms + T + 200ms
expect calls r1 B start = 1
run r1 "grep -c . /var/log/fence"
expect output 1
expect lost g1 none

step r2 comes back
power-on r2
start r2
expect owner g2 = r2 within 1.5s + 2K + 2T + 3C
expect outage g2 <= T + 50ms + C

step the plug of r1 is pulled: r2 waits before it fences
power-off r1
expect owner g1 = nobody
expect owner g1 = r2 within D + 2s + 1s + 50ms + T + 500ms
expect calls r2 A start = 1
run r2 "grep -c . /var/log/fence"
expect output 1
expect lost g2 none
