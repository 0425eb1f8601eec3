id       S23-c
title    The file of the generation is lost and the clock is a day back
c-did    The peer dropped everything as a replay; the node stayed outside, without API, until the peer restarted.
must     Both notice; the node rejoins with a generation that the others accept.
begin    home
needs    clock

step r1 loses its generation and reboots in the past
power-off r1
expect owner g1 = r2
power-on r1
remove r1 /var/lib/heartbeat/hb_generation
clock r1 -24h
start r1
@GG,CG expect owner g1 = r1
