id       S46
title    r1 is deaf for 1.3 s: it receives nothing and still sends
c-did    Only r1 declared r2 dead and took VIP2 too (two owners for 2 s); r2 did nothing; r1 restarted.
must     The doubles end by a fixed rule, also while r1 cannot be told; after hearing again both nodes end with their own groups.
begin    home
pairings GG
needs    one-way
split
allow-log *

step r1 hears nothing
cut r1 all in
wait 1.3s
heal r1 all
expect owner g2 = r2 within 1.3s + 3K + 300ms + T
expect owner g1 = r1 within 1.3s + 3K + 300ms + T
expect rscstatus r1 = local within 6s
expect rscstatus r2 = local within 6s
expect double g2 <= 0.3s + 3K + 300ms + T
