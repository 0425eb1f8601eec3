id       S27
title    Stop failure, and the resource still runs
c-did    11 tries, then reboot -nf after 10.5 s; r2 took over after 11.6 to 11.8 s.
must     A few tries a second apart, then the policy: without fencing or watchdog g1 is blocked on r1 and everybody is told. The peer takes over as soon as r1 is known to be down, and never before.
begin    home
pairings GG
allow-log *

step TestRsc A does not stop
script r1 A stop fails
tool r1 hb_standby all
expect event r1 group.stuck "" within 6s + 5T
expect owner g1 stays r1 for 1s
expect calls r1 A stop >= 3
expect calls r2 A any = 0

step r1 is switched off
power-off r1
expect owner g1 = r2 within D + 30ms + T
expect calls r2 A start = 1
