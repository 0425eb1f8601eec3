id       S02-late
title    Cold start of one node; the other one starts in between
c-did    Not measured.
must     It ends as S01: each node runs its own group, and every start is called exactly once.
begin    stopped

step r1 is started
start r1

step r2 is started a second later
wait 1s
start r2
@GG expect owner g1 = r1 within 1s + 2K + 0.5s + T + 300ms
@GG expect owner g2 = r2 within 1s + 2K + 0.5s + T + 300ms
@GC,CG expect owner g1 = r1 within 14s + C
@GC,CG expect owner g2 = r2 within 14s + C
expect rscstatus r1 = local
expect rscstatus r2 = local
expect calls r1 A start = 1
expect calls r2 B start = 1
expect calls r1 B any = 0
expect calls r2 A any = 0
