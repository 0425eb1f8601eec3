package lab

// ClassicDaemon is where Debian's package has the daemon of C Heartbeat.
const ClassicDaemon = "/usr/libexec/heartbeat/heartbeat"

// classicStarted is where ClassicStart notes how the start ended.
const classicStarted = "/run/c-started"

// ClassicStart is a shell text that starts the C daemon of a machine and ends when that has come up or failed. It makes first what
// Debian's package and boot scripts prepare. It must be started detached: what it leaves in the background outlives it.
const ClassicStart = `mkdir -p /run/heartbeat /run/resource-agents /run/lock/subsys
mkdir -p /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/nobody /var/lib/heartbeat/cores/hacluster
chown hacluster:haclient /run/heartbeat /var/lib/heartbeat/cores/hacluster; chown nobody /var/lib/heartbeat/cores/nobody
touch /var/log/ha-log; rm -f ` + classicStarted + `
` + ClassicDaemon + ` >>/var/log/c.out 2>&1; echo $? >` + classicStarted + `.new; mv ` + classicStarted + `.new ` + classicStarted

// ClassicStarted is the file of a machine that has the exit code of ClassicStart, as soon as there is one.
const ClassicStarted = classicStarted
