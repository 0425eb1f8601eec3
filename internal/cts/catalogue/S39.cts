id       S39
title    A start hangs during a take-over
c-did    transition all the time; heartbeat -k waited; the returning node got nothing until the script was done.
must     At its time limit the script is killed with its children and counts as failed; other groups and the membership are not affected; a stop request interrupts.
begin    home
pairings GG CG
set      #!hb start_timeout 3
allow-log *

step r1 dies, and the start of its group hangs
script r2 A start hangs
power-off r1
expect calls r2 A start = 1
expect event r2 agent.failed "time limit" within D + 3s + 3s + C
expect calls r2 B any = 0
expect lost g2 none

step r2 is stopped while the start hangs again
expect calls r2 A start >= 1
stop r2
expect exit = 0
expect took <= 6s + T
expect owner g2 = nobody
