id       S40
title    A script is missing on the home node of a group
c-did    The daemon started; at the first acquisition "Cannot locate resource script", the group was released, and ran nowhere.
must     The check of the configuration names file and line; the node says that it cannot run g1, and the peer runs it.
begin    stopped
pairings GG
resources {r1} IPaddr2::{g1/}/eth0 Sometimes::A
resources {r2} IPaddr2::{g2/}/eth0 TestRsc::B
file r2 resource.d/Sometimes <<END
#!/bin/sh
exec /etc/ha.d/resource.d/TestRsc "$@"
END
allow-log Sometimes
allow-log group
allow-log g1

step the configuration is checked
run r1 "{heartbeat} check; true"
expect output haresources:1
expect output Sometimes

step both are started
& start r1
start r2
expect owner g1 = r2 within 2K + 1.5s + 3T
expect owner g2 = r2 within 2K + 1.5s + 3T
expect calls r2 A start = 1
