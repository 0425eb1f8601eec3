id       S06
title    Every process of r1 is stopped, and goes on later
c-did    r2 took over after 1.4 to 1.9 s. Going on, r1 believed r2 dead and started VIP2 as well; both restarted; away 16 s.
must     Going on, r1 notices the gap first, releases its groups within 50 ms and rejoins; r2 keeps everything. Away only for the take-over.
begin    home
pairings GG
set      auto_failback off
split
allow-log self.paused
allow-log returning after partition
allow-log conflict
allow-log claims service address
allow-log own our resources
allow-log own foreign resources

step r1 freezes
freeze r1
expect rscstatus r2 = all within D + 200ms + T
expect outage g1 <= D + 30ms + T
expect calls r2 B any = 0
expect lost g2 none

step r1 goes on after five seconds
wait 5s
thaw r1
expect owner g1 = r2 within 5s + 50ms + T + 100ms
expect owner g2 = r2
expect rscstatus r1 = none within 5s + 3s
expect rscstatus r2 = all
expect owner g1 stays r2 for 1s
expect calls r1 B start = 0
expect outage g1 <= 100ms
expect lost g2 none
