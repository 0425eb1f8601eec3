id       S37-refuse
title    The service address is in use, and ip_conflict_check refuse is set
c-did    There is no such setting.
must     The start fails and the group is handled as in S19; as soon as the address is free it runs.
begin    stopped
pairings GG
needs    third
set      #!hb ip_conflict_check refuse
allow-log *

step r3 has the address of g1
occupy g1
& start r1
start r2
expect event r1 group.failed ""
expect owner g2 = r2
expect owner g1 = nobody
expect running r1 A = no
expect running r2 A = no

step r3 gives it back
vacate g1
expect owner g1 = r1 within 60s
