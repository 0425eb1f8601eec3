id       S42
title    Timers too small
c-did    10/30 ms were accepted; false deaths, both nodes with all, no repair.
must     The check warns and names a better value. A false death heals as S16: the cluster ends at home.
begin    stopped
pairings GG
timers   K=10ms D=30ms W=20ms I=3s
split
allow-log *

step the configuration is checked
run r1 "{heartbeat} check; true"
expect output "write 20ms or more"

step both nodes run with these timers for five seconds
& start r1
start r2
wait 5s
expect rscstatus r1 = local|all|none
expect rscstatus r2 = local|all|none
