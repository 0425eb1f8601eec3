id       S34
title    auto_failback legacy: power-off, rejoin, hb_standby, stop
c-did    Take-over 1.39 s; rejoin by ip-request, back 0.94 s after the start; at a stop the take-over ran twice; hb_standby was ignored.
must     The same sequence of messages; no second run of the take-over; hb_standby is refused with exit code 2.
begin    home
set      auto_failback legacy

step the plug of r1 is pulled
power-off r1
expect owner g1 = r2 within D + 30ms + T + C
expect outage g1 <= D + 30ms + T + C
@GG expect rscstatus r2 = all

step r1 comes back
power-on r1
start r1
expect owner g1 = r1 within 1.5s + 2K + 2T + 3C
expect outage g1 <= T + 100ms + C

step hb_standby is refused
tool r1 hb_standby all
@GG,GC expect exit = 2
@GG,GC expect output legacy
expect owner g1 stays r1 for 1s

step r1 is stopped
stop r1
expect owner g1 = r2
wait D + 500ms
@GG expect calls r2 A start = 1
