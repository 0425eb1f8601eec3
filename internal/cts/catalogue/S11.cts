id       S11
title    hb_standby all, local, foreign and failback
c-did    240 to 290 ms away on an idle machine, 515 to 725 on a busy one.
must     Away no longer than the scripts plus 20 ms. What has nothing to do says so, ends with 0 and calls no script.
# C ignores its own request while its last hand-over is in flux, but the peer has it and answers.
allow-log Ignored standby message
begin    home
set      auto_failback off

step hb_standby all
tool r1 hb_standby all
expect exit = 0
expect owner g1 = r2
expect outage g1 <= T + 20ms + C
expect lost g2 none
expect rscstatus r1 = none
expect rscstatus r2 = all
expect calls r1 A stop = 1
expect calls r2 A start = 1

step it goes home again
tool r2 hb_standby foreign
expect exit = 0
expect owner g1 = r1
expect outage g1 <= T + 20ms + C
expect rscstatus r1 = local
expect rscstatus r2 = local

step hb_standby local
tool r1 hb_standby local
expect owner g1 = r2
expect outage g1 <= T + 20ms + C
expect rscstatus r1 = none
expect rscstatus r2 = all

step hb_standby failback gives back what is not at home
tool r2 hb_standby failback
expect owner g1 = r1
expect outage g1 <= T + 20ms + C
expect rscstatus r2 = local

step hb_standby foreign without foreign groups does nothing
tool r1 hb_standby foreign
expect exit = 0
expect rscstatus r1 = local within 5s
expect calls r1 A any = 0
@GG,GC expect calls r1 B any = 0
expect calls r2 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none
