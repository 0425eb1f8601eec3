id       S45
title    The request to outdate the peer of DRBD
c-did    4, 5, 6 within 0.26 to 0.6 s; the helper process crashed after each client.
must     The same codes; two requests in a row are both answered.
begin    home
pairings GG
needs    drbd
set      respawn hacluster /usr/lib/heartbeat/dopd
file /etc/drbd.conf <<END
global { usage-count no; }
include "drbd.d/*.res";
END
file /etc/drbd.d/cts.res <<END
resource r0 {
  protocol C; device /dev/drbd0; disk {disk}; meta-disk internal;
  net { timeout 40; ping-int 4; ping-timeout 20; }
  on {r1} { address {r1:eth0}:7788; }
  on {r2} { address {r2:eth0}:7788; }
}
END

step a disk is mirrored
run r1 "modprobe drbd && mkdir -p /var/lib/drbd /run/lock && echo yes | drbdadm create-md --force r0 && drbdadm up r0"
expect exit = 0
run r2 "modprobe drbd && mkdir -p /var/lib/drbd /run/lock && echo yes | drbdadm create-md --force r0 && drbdadm up r0"
expect exit = 0
run r1 "until grep -q cs:Connected /proc/drbd; do sleep 0.2; done; drbdadm -- --clear-bitmap new-current-uuid r0; until grep -q ds:UpToDate/UpToDate /proc/drbd; do sleep 0.2; done"
expect exit = 0

step the replication is cut, and the peer can be reached
run r2 "drbdadm disconnect r0"
expect exit = 0
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 4
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 4
run r2 "cat /proc/drbd"
expect output Outdated

step the peer is primary
run r2 "drbdadm primary --force r0"
expect exit = 0
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 6

step the peer cannot be reached
power-off r2
expect sees r1 r2 = dead
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 5
