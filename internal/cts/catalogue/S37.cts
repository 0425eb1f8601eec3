id       S37
title    The service address is in use by a third machine
c-did    The start succeeded, and two machines answered.
must     A warning with the hardware address of the other machine before or while the group starts.
begin    stopped
pairings GG
needs    third
allow-log address.conflict
allow-log claims service address
allow-log uses service address

step r3 has the address of g1
occupy g1
& start r1
start r2
expect event r1 address.conflict "" within 2K + 2s + T
expect owner g1 = r1

step r3 gives it back
vacate g1
expect owner g1 = r1
