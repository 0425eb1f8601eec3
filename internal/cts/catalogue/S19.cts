id       S19
title    Start failure at cold start
c-did    The group was released; after 30 s a useless hb_standby foreign; VIP1 ran nowhere for ever, and r1 said local.
must     Tried again on r1 once, then r2 runs g1 within 2T + 0.5 s; r1 says what it really holds; the failure stays on record until it is cleared.
begin    stopped
pairings GG GC
allow-log *

step TestRsc A cannot start on r1
script r1 A start fails
& start r1
start r2
@GG expect owner g1 = r2 within 2K + 1s + 3T + 300ms
@GC expect owner g1 = r2 within 20s
expect owner g2 = r2
expect event r1 group.failed ""
expect calls r1 A start >= 2
expect calls r2 A start = 1
expect rscstatus r1 = none
expect rscstatus r2 = all
expect status r1 told
