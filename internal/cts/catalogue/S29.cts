id       S29
title    Fencing works: the device takes a second
c-did    reset called after 1.015 s, "OK" after 3.02 s, VIP1 after 3.17 s; 1.2 s without fencing.
must     VIP1 at D + the device's time + 50 ms + T; no start before the result.
begin    home
pairings GG
needs    power fencing
set      stonith_host {r1} /etc/ha.d/fence_cts hosts={r2}
set      stonith_host {r2} /etc/ha.d/fence_cts hosts={r1}
allow-log fenc
file fence_cts <<END
#!/bin/sh
# A device that takes a second, writes down its calls, and fails while /run/fence-broken is there.
action=
while read -r line; do case $line in action=*) action=${line#action=} ;; esac; done
case $action in
metadata)
	echo '<?xml version="1.0" ?><resource-agent name="fence_cts" shortdesc="test"><parameters><parameter name="action"><content type="string"/></parameter><parameter name="plug"><content type="string"/></parameter></parameters><actions><action name="off"/><action name="on"/><action name="reboot"/><action name="status"/><action name="list"/><action name="monitor"/><action name="metadata"/></actions></resource-agent>'
	exit 0 ;;
monitor | status | list) exit 0 ;;
esac
echo "$action" >>/var/log/fence
sleep 1
[ ! -e /run/fence-broken ]
END

step the plug of r1 is pulled
power-off r1
expect owner g1 = r2 within D + 1s + 50ms + T + 200ms
expect outage g1 <= D + 1s + 50ms + T + 200ms
expect calls r2 A start = 1
run r2 "grep -c . /var/log/fence"
expect output 1
expect rscstatus r2 = all
expect lost g2 none
