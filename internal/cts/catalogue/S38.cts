id       S38
title    The disk with the state of r1 is full
c-did    It started; hostcache was silently not written, delhostcache became empty.
must     It starts if the generation can be kept, warns, and never truncates a good file.
begin    home
pairings GG
allow-log *

step r1 is stopped and its disk filled up
stop r1
expect owner g1 = r2
fill r1 /var/lib/heartbeat

step r1 is started
start r1
@GG expect owner g1 = r1
@GG expect rscstatus r1 = local
@GG expect rscstatus r2 = local
run r1 "[ -s /var/lib/heartbeat/hb_uuid ] && [ -s /var/lib/heartbeat/hb_generation ]"
expect exit = 0

step there is room again
empty r1 /var/lib/heartbeat
tool r1 hb_standby all
expect exit = 0
expect owner g1 = r2
