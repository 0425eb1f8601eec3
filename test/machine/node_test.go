//go:build vm

package machine

// joinNode is what a machine of a cluster does first after its power is back. The program is copied into its memory: a start over the shared
// directory takes seconds.
const joinNode = `
set -e
s=/vmlab/share; me=$HOSTNAME
mkdir -p /etc/ha.d/resource.d /run/lock /srv/mysql /var/www/html $s/state-$me /var/lib/heartbeat /usr/lib/heartbeat
mount --bind $s/state-$me /var/lib/heartbeat
cp $s/heartbeat /usr/local/bin/heartbeat
cp $s/ha.cf $s/haresources $s/authkeys $s/my.cnf /etc/ha.d/
chmod 600 /etc/ha.d/authkeys
cp $s/mysqld /etc/ha.d/resource.d/
`

const startNode = `heartbeat run </dev/null >>/vmlab/share/heartbeat-$HOSTNAME.out 2>&1 &`

// machineHaCf has wide limits: the machines are emulated, and stand still when this one is busy.
const machineHaCf = `keepalive 1
warntime 4
deadtime 8
initdead 60
logfacility none
auto_failback off
bcast eth0
node n1 n2
#!hb start_timeout 300
#!hb stop_timeout 300
`

// makeCluster lays out the files of both nodes.
func (p *power) makeCluster(haCf, haresources string) {
	p.t.Helper()
	p.put("ha.cf", haCf, 0o644)
	p.put("authkeys", "auth 1\n1 sha1 a-secret-of-this-test\n", 0o600)
	p.put("haresources", haresources, 0o644)
}
