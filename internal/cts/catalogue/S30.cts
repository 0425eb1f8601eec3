id       S30
title    Fencing fails, then works
c-did    Tried again 5 s after each failure, never took over, and told nobody except the log.
must     Tried again with growing pauses, an alarm, no start; as soon as the device works the take-over goes on.
begin    home
pairings GG
needs    power fencing
set      stonith_host {r1} /etc/ha.d/fence_cts hosts={r2}
set      stonith_host {r2} /etc/ha.d/fence_cts hosts={r1}
allow-log *

step r1 dies while the device is broken
run r2 "touch /run/fence-broken"
power-off r1
expect sees r2 r1 = dead within D + 100ms
expect owner g1 = nobody
wait 4s
expect owner g1 = nobody
expect calls r2 A any = 0
run r2 "grep -c . /var/log/fence"
expect exit = 0
expect owner g2 stays r2 for 1s

step the device works again
run r2 "rm /run/fence-broken"
expect owner g1 = r2 within 60s
expect calls r2 A start = 1
