#!/bin/sh
# TestRsc INSTANCE start|stop|status: writes down its calls, and behaves as /etc/ha.d/cts/INSTANCE.OPERATION says:
#   fails           ends with 1 and changes nothing
#   lies            does it, and ends with 1
#   hangs           takes 45 seconds
#   takes SECONDS
i=$1 op=$2
[ -n "$op" ] || { op=$1 i=none; }
say() { echo "$(date +%s%N) $i $op $*" >>/var/log/testrsc; }
say begin $$
how='' arg=''
[ ! -r "/etc/ha.d/cts/$i.$op" ] || read -r how arg <"/etc/ha.d/cts/$i.$op"
case $how in
takes) sleep "$arg" ;;
hangs) sleep 45 ;;
fails)
	echo "$i was told to fail"
	say end 1
	exit 1
	;;
esac
rc=0
case $op in
start) : >"/run/testrsc.$i" ;;
stop) rm -f "/run/testrsc.$i" ;;
status) if [ -e "/run/testrsc.$i" ]; then echo running; else
	echo stopped
	rc=3
fi ;;
*)
	echo "TestRsc: $op?" >&2
	rc=2
	;;
esac
[ "$how" != lies ] || rc=1
say end $rc
exit $rc
