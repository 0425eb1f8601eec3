id       S24
title    Errors of the configuration
c-did    Exit 6 for each: "Current node [x] not in configuration!", "Bad nodename in F [w]", "Cannot open resources file [F]", "Bad permissions on keyfile [F], 600 recommended."; without ha.cf the init script ended with 0.
must     The same texts, exit 6; all errors of all files in one run with line numbers.
begin    stopped
pairings GG
allow-log *

step this node is not listed
run r1 "sed -i 's/^node .*/node alpha beta/' /etc/ha.d/ha.cf"
start r1
expect exit = 6
expect output "Current node [{r1}] not in configuration!"
expect output "Bad nodename in"

step haresources is missing
run r1 "sed -i 's/^node .*/node {r1} {r2}/' /etc/ha.d/ha.cf; rm /etc/ha.d/haresources"
start r1
expect exit = 6
expect output "Cannot open resources file"

step authkeys is readable for everybody
run r2 "chmod 644 /etc/ha.d/authkeys"
start r2
expect exit = 6
expect output "Bad permissions on keyfile"

step authkeys is missing
run r2 "true"
remove r2 /etc/ha.d/authkeys
start r2
expect exit = 6

step ha.cf is missing
remove r2 /etc/ha.d/ha.cf
start r2
expect exit = 6
