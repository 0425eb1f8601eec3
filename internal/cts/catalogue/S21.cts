id       S21
title    authkeys differ from the start
c-did    15 lines in the log for every packet; both became all after initdead: two owners.
must     The peer is seen though its packets cannot be verified: its groups are not taken over; one line a minute with a count.
begin    stopped
pairings GG
file r2 authkeys <<END
auth 1
1 sha1 another-key
END
allow-log *

step both are started
& start r1
start r2
expect event r1 node.unproven "" within I + 3s
expect event r2 node.unproven "" within I + 3s
expect owner g1 = r1 within I + 10s
expect owner g2 = r2 within I + 10s
expect owner g1 stays r1 for 2s
expect owner g2 stays r2 for 1s
expect calls r1 B start = 0
expect calls r2 A start = 0
run r1 "grep -c authent /var/log/ha-log"
expect exit <= 1
