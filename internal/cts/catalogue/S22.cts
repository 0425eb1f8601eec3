id       S22
title    authkeys changed on one node at run time, and repaired
c-did    Both all within seconds; after the repair both restarted, back after 17 s.
must     The reload is refused, because the peer is alive and does not have the key; the old keys stay in force and nothing else changes.
begin    home
pairings GG
allow-log *

step the key of r1 is replaced and its daemon reloads
write r1 /etc/ha.d/authkeys <<END
auth 1
1 sha1 another-key
END
reload r1
expect exit = 6
expect sees r1 r2 = active within 1s
expect sees r2 r1 = active within 1s
expect owner g1 stays r1 for 3D
expect owner g2 stays r2 for D
expect calls r1 A any = 0
expect calls r2 B any = 0
expect calls r1 B any = 0
expect calls r2 A any = 0
expect lost g1 none
expect lost g2 none

step the key is repaired
write r1 /etc/ha.d/authkeys <<END
auth 1
1 sha1 cluster-test-suite
END
reload r1
expect sees r1 r2 = active within 5s
expect sees r2 r1 = active within 5s
expect owner g1 stays r1 for 2s
expect owner g2 stays r2 for 1s
expect rscstatus r1 = local
expect rscstatus r2 = local
expect lost g1 none
expect lost g2 none
