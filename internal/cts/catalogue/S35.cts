id       S35
title    Stop during initdead
c-did    "Shutdown delayed until Communication is up.", it ended after 13 s.
must     It ends within 0.3 s and touches no resource.
begin    stopped
pairings GG
timers   I=10s

step r1 starts alone and waits for its peer
start r1
wait 2s
expect owner g1 = nobody

step r1 is stopped
stop r1
expect exit = 0
expect took <= 0.3s
expect calls r1 A any = 0
expect calls r1 B any = 0
expect daemon r1 = gone
