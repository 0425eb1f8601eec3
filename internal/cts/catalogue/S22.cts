id       S22
title    authkeys changed on one node at run time
c-did    Both all within seconds; after the repair both restarted, back after 17 s.
must     The reload refuses a key that the peer did not confirm; nothing moves.
begin    home
pairings GG
allow-log config.refused
allow-log authkeys

step the key of r1 is replaced and its daemon reloads
write r1 /etc/ha.d/authkeys <<END
auth 1
1 sha1 another-key
END
reload r1
expect exit <= 6
expect owner g1 stays r1 for 2D
expect owner g2 stays r2 for D
expect sees r1 r2 = active
expect sees r2 r1 = active
expect calls r1 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none
