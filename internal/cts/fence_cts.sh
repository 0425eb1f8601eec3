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
