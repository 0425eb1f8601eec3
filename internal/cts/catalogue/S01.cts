id       S01
title    Cold start of both nodes
c-did    Communication was up after 0.3 s, then 10 s were waited for; the addresses came after 11 s.
must     Both groups are at home within 2K + 0.5 s + T after the second daemon is up, within 11.5 s beside C. Every start is called exactly once.
begin    stopped

step both are started
& start r1
start r2
@GG expect owner g1 = r1 within 2K + 0.5s + T + 300ms
@GG expect owner g2 = r2 within 2K + 0.5s + T + 300ms
@GC,CG expect owner g1 = r1 within 11.5s + T + C
@GC,CG expect owner g2 = r2 within 11.5s + T + C
expect rscstatus r1 = local
expect rscstatus r2 = local
expect calls r1 A start = 1
expect calls r2 B start = 1
expect calls r1 B any = 0
expect calls r2 A any = 0
