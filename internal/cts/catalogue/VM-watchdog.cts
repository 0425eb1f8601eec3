id       VM-watchdog
title    The daemon of r1 hangs, and the watchdog resets the machine
c-did    Not measured.
must     The kernel resets r1 when nobody feeds the watchdog, about when r2 takes over; after the reset r1 takes its group back.
begin    stopped
pairings GG
needs    watchdog reboot power
set      watchdog /dev/watchdog
split
allow-log watchdog
allow-log claims service address

step both start with a watchdog
run r1 "modprobe softdog && [ -c /dev/watchdog ]"
expect exit = 0
run r2 "modprobe softdog && [ -c /dev/watchdog ]"
expect exit = 0
& start r1
start r2
expect owner g1 = r1
expect owner g2 = r2
expect rscstatus r1 = local
expect rscstatus r2 = local
wait 2D

step the daemon of r1 and its guard are stopped, as by a debugger
run r1 "kill -STOP $(cat /run/heartbeat-cts.pid) $(cat /run/heartbeat.pid)"
expect owner g1 = r2 within D + 30ms + T + 5s
expect daemon r1 = gone
expect double g1 <= 5s
expect rscstatus r2 = all
expect lost g2 none

step the machine comes back by itself
power-on r1
run r1 "modprobe softdog"
start r1
expect owner g1 = r1
expect rscstatus r1 = local
expect rscstatus r2 = local
