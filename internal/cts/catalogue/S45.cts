id       S45
title    The request to outdate the peer of DRBD
c-did    4, 5, 6 within 0.26 to 0.6 s; the helper process crashed after each client.
must     The same codes within 0.1 s and the time of drbdadm; two requests in a row are both answered.
begin    home
needs    drbd

step the peer can be reached
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 4
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 4

step the peer cannot be reached
power-off r2
tool r1 drbd-peer-outdater -p {r2} -r r0
expect exit = 5
