id       S12
title    hb_takeover all, foreign, local and failback
c-did    foreign and all moved the group of the peer; local did nothing; failback acted as all.
must     Away no longer than the scripts and 20 ms; failback gives back only what is not at home.
begin    home
set      auto_failback off

step hb_takeover all on r2
tool r2 hb_takeover all
expect exit = 0
expect owner g1 = r2
expect outage g1 <= T + 20ms + C
expect rscstatus r1 = none
expect rscstatus r2 = all

step hb_takeover local on r1 brings its group home
tool r1 hb_takeover local
expect owner g1 = r1
expect outage g1 <= T + 20ms + C
expect rscstatus r1 = local
expect rscstatus r2 = local

step hb_takeover foreign on r2
tool r2 hb_takeover foreign
expect owner g1 = r2
expect outage g1 <= T + 20ms + C
expect rscstatus r2 = all
