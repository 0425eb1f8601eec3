id       S44
title    The address that goes is the first of its subnet
c-did    With promote_secondaries 0 all other addresses of the subnet vanished.
must     The others stay.
begin    home
pairings GG
resources {r1} IPaddr2::198.51.100.1/24/eth0 TestRsc::A

step another address of the subnet is there as well
expect address r1 198.51.100.1 = present
run r1 "sysctl -w net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.eth0.promote_secondaries=0 && ip addr add 198.51.100.7/24 dev eth0"
expect exit = 0

step the group moves
tool r1 hb_standby all
expect address r2 198.51.100.1 = present
expect address r1 198.51.100.1 = absent
expect address r1 198.51.100.7 = present
