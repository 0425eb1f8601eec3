id       S41
title    hb_addnode of a third node
c-did    Both old nodes ended with all: two owners.
must     Nobody gets a group that he did not have: every group keeps its one owner and gets no script call.
begin    home
pairings GG

step r3 is added
tool r1 hb_addnode {r3}
expect owner g1 stays r1 for 2D
expect owner g2 stays r2 for D
expect rscstatus r1 = local
expect rscstatus r2 = local
expect calls r1 A any = 0
expect calls r2 B any = 0
expect lost g1 none
expect lost g2 none
