//go:build vm

package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

// drbdResource is protocol C: a write is acknowledged when both disks have it. The controller of the resync rate is off, because it crawls on
// small disks.
const drbdResource = `resource r0 {
  protocol C; device /dev/drbd0; disk /dev/vda; meta-disk internal;
  disk { c-plan-ahead 0; resync-rate 50M; fencing resource-only; }
  net { ping-timeout 30; }
  handlers { fence-peer "/usr/lib/heartbeat/drbd-peer-outdater -t 5"; }
  on n1 { address 10.97.0.1:7788; }
  on n2 { address 10.97.0.2:7788; }
}
`

// databaseSettings keep every committed transaction, and little else.
const databaseSettings = `[mysqld]
user=mysql
datadir=/srv/mysql/data
socket=/run/mysqld.sock
pid-file=/run/mysqld.pid
bind-address=0.0.0.0
port=3306
skip-grant-tables
skip-networking=0
skip-name-resolve
skip-log-bin
performance_schema=OFF
innodb_buffer_pool_size=8M
innodb_log_file_size=4M
innodb_log_buffer_size=1M
innodb_flush_log_at_trx_commit=1
key_buffer_size=1M
aria_pagecache_buffer_size=1M
table_open_cache=64
`

// databaseScript is the resource that runs the database, as the tutorials have it.
const databaseScript = `#!/bin/sh
ask() { mariadb-admin --no-defaults -S /run/mysqld.sock "$@" >/dev/null 2>&1; }
case $1 in
start)
	ask ping && exit 0
	rm -f /run/mysqld.sock
	mariadbd --defaults-file=/etc/ha.d/my.cnf </dev/null >>/vmlab/share/mariadb-$(uname -n).out 2>&1 &
	i=0
	until ask ping; do
		i=$((i + 1)); [ $i -lt 400 ] || exit 1
		kill -0 $! 2>/dev/null || exit 1
		sleep 0.3
	done ;;
stop)
	[ -e /run/mysqld.pid ] || exit 0
	ask shutdown
	while [ -e /run/mysqld.pid ]; do sleep 0.2; done ;;
status) if ask ping; then echo running; else echo stopped; exit 3; fi ;;
esac
`

// joinCluster is what a machine does after its power is back: the disk of DRBD comes up, then the node.
const joinCluster = `
set -e
s=/vmlab/share; me=$(uname -n)
mkdir -p /etc/ha.d/resource.d /etc/drbd.d /var/lib/drbd /run/lock /srv/mysql $s/state-$me /var/lib/heartbeat /usr/lib/heartbeat
mount --bind $s/state-$me /var/lib/heartbeat
cp $s/ha.cf $s/haresources $s/authkeys $s/my.cnf /etc/ha.d/
chmod 600 /etc/ha.d/authkeys
cp $s/mysqld /etc/ha.d/resource.d/
printf 'global { usage-count no; }\ncommon { }\n' >/etc/drbd.d/global_common.conf
printf 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n' >/etc/drbd.conf
cp $s/r0.res /etc/drbd.d/
ln -sf $s/heartbeat /usr/lib/heartbeat/drbd-peer-outdater
modprobe drbd; modprobe ext4
[ -e $s/made-$me ] || { echo yes | drbdadm create-md --force r0 >/dev/null; : >$s/made-$me; }
drbdadm up r0
`

const startNode = `/vmlab/share/heartbeat run </dev/null >>/vmlab/share/heartbeat-$(uname -n).out 2>&1 &`

// client writes rows through the service address, one transaction each, and prints the number of a row when the server has acknowledged it.
const client = `i=%d; ( while :; do echo "insert into t.r values($i); select $i;"; i=$((i + 1)); done |
	mariadb --no-defaults -h 10.97.0.100 -u root --skip-reconnect -N -n ) >/vmlab/share/acknowledged.%d 2>/vmlab/share/client.out </dev/null &
echo $! >/run/client`

// machineHaCf has wide limits: the machines are emulated, and stand still when this one is busy.
const machineHaCf = `keepalive 1
warntime 8
deadtime 15
initdead 60
logfacility none
auto_failback off
bcast eth0
node n1 n2
respawn hacluster /usr/lib/heartbeat/dopd
#!hb start_timeout 300
#!hb stop_timeout 300
`

// TestDatabaseOnDRBDLosesNoCommittedRow cuts the power of the machine that runs a database while rows are written through the service address. The other one
// takes disk, file system, address and database over, and has every row that was acknowledged. HEARTBEAT_TEST_POWEROFFS says how often, 2 times
// when it is not set.
func TestDatabaseOnDRBDLosesNoCommittedRow(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "mariadbd", "mariadb-server")
	testenv.NeedProgram(t, "drbdadm", "drbd-utils")
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv("HEARTBEAT_TEST_POWEROFFS")); err == nil {
		rounds = n
	}
	p := newPower(t, 2, 128)
	d := &database{power: p, next: 1}
	d.prepare()
	owner := 1
	d.awaitRow(owner, 300)
	var slowest time.Duration
	for round := range rounds {
		other := 3 - owner
		d.write(other, round)
		d.awaitAcknowledged(other, round, 20)
		p.off(owner)
		began := time.Now()
		d.awaitRow(other, 400)
		outage := took(began)
		slowest = max(slowest, outage)
		d.verify(other, round)
		p.on(owner)
		p.run(owner, 120, joinCluster+startNode)
		p.run(other, 300, `until grep -q 'cs:Connected.*ds:UpToDate/UpToDate' /proc/drbd; do sleep 0.5; done`)
		d.awaitActive(other, owner)
		t.Logf("power-off %d of %d: n%d took over, service back after %v; %d rows were acknowledged in all, none is missing", round+1, rounds, other, outage, len(d.rows))
		owner = other
	}
	t.Logf("%d power-offs, %d acknowledged rows, 0 lost; longest outage %v (emulated machines)", rounds, len(d.rows), slowest)
}

// database is what the test knows about the rows.
type database struct {
	*power
	next int   // number of the next row
	rows []int // that were acknowledged
}

// prepare makes the disk with an empty database on n1, in sync on both, and starts the nodes.
func (d *database) prepare() {
	d.t.Helper()
	d.put("r0.res", drbdResource, 0o644)
	d.put("my.cnf", databaseSettings, 0o644)
	d.put("mysqld", databaseScript, 0o755)
	d.put("ha.cf", machineHaCf, 0o644)
	d.put("authkeys", "auth 1\n1 sha1 a-secret-of-this-test\n", 0o600)
	d.put("haresources", "n1 drbddisk::r0 Filesystem::/dev/drbd0::/srv/mysql::ext4 10.97.0.100/24/eth0 mysqld\n", 0o644)
	d.put("first.sql", "create database t; use t; create table r (id int primary key) engine=innodb;\n", 0o644)
	install := exec.Command("mariadb-install-db", "--no-defaults", "--user=mysql", "--datadir="+filepath.Join(d.t.TempDir(), "data"), "--skip-test-db", "--auth-root-authentication-method=normal",
		"--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M")
	dir := filepath.Dir(strings.TrimPrefix(install.Args[3], "--datadir="))
	os.Chmod(dir, 0o755)
	os.Chmod(filepath.Dir(dir), 0o755)
	if out, err := install.CombinedOutput(); err != nil {
		d.t.Fatalf("making the database: %v\n%s", err, out)
	}
	if out, err := exec.Command("tar", "-C", dir, "-cf", filepath.Join(d.share, "data.tar"), "data").CombinedOutput(); err != nil {
		d.t.Fatalf("packing the database: %v\n%s", err, out)
	}
	for n := 1; n <= 2; n++ {
		d.run(n, 180, joinCluster)
	}
	d.run(1, 400, `set -e
drbdadm primary --force r0
mke2fs -q -t ext4 -O ^has_journal /dev/drbd0 && tune2fs -O has_journal /dev/drbd0 >/dev/null
mount -t ext4 /dev/drbd0 /srv/mysql
tar -C /srv/mysql -xf /vmlab/share/data.tar
chown -R mysql:mysql /srv/mysql/data
/etc/ha.d/resource.d/mysqld start
mariadb --no-defaults -S /run/mysqld.sock </vmlab/share/first.sql
/etc/ha.d/resource.d/mysqld stop
umount /srv/mysql
until grep -q 'ds:UpToDate/UpToDate' /proc/drbd; do sleep 0.5; done
drbdadm secondary r0`)
	for n := 1; n <= 2; n++ {
		d.run(n, 60, startNode)
	}
}

// awaitRow waits until the database answers through the service address, asked from that machine.
func (d *database) awaitRow(node, limit int) {
	d.t.Helper()
	d.run(node, limit, `until ip -o addr show eth0 | grep -q '10\.97\.0\.100/' && mariadb --no-defaults -h 10.97.0.100 -u root --connect-timeout=5 -N -e 'select count(*) from t.r' >/dev/null 2>&1; do sleep 0.3; done`)
}

func (d *database) write(from, round int) {
	d.t.Helper()
	d.run(from, 30, fmt.Sprintf(client, d.next, round))
}

// acknowledged are the numbers that the client of a round printed whole.
func (d *database) acknowledged(round int) (rows []int) {
	text, _ := os.ReadFile(filepath.Join(d.share, fmt.Sprintf("acknowledged.%d", round)))
	end := strings.LastIndexByte(string(text), '\n')
	for _, f := range strings.Fields(string(text[:max(0, end)])) {
		if n, err := strconv.Atoi(f); err == nil {
			rows = append(rows, n)
		}
	}
	return rows
}

func (d *database) awaitAcknowledged(node, round, count int) {
	d.t.Helper()
	d.run(node, 180, fmt.Sprintf(`until [ "$(wc -l </vmlab/share/acknowledged.%d)" -ge %d ]; do sleep 0.1; done`, round, count))
}

// verify ends the client and looks for every row that was ever acknowledged.
func (d *database) verify(node, round int) {
	d.t.Helper()
	d.run(node, 60, `kill $(cat /run/client) 2>/dev/null; while pidof mariadb >/dev/null; do kill $(pidof mariadb) 2>/dev/null; sleep 0.2; done; true`)
	new := d.acknowledged(round)
	d.rows = append(d.rows, new...)
	found := map[int]bool{}
	highest := 0
	for _, f := range strings.Fields(d.run(node, 120, `mariadb --no-defaults -h 10.97.0.100 -u root -N -e 'select id from t.r'`)) {
		n, err := strconv.Atoi(f)
		if err != nil {
			d.t.Fatalf("the database says %q", f)
		}
		found[n], highest = true, max(highest, n)
	}
	for _, n := range d.rows {
		if !found[n] {
			d.t.Fatalf("row %d was acknowledged and is lost; %d rows are there of %d acknowledged\n%s", n, len(found), len(d.rows), d.state())
		}
	}
	d.next = highest + 1
}

// awaitActive waits until a machine that came back takes part.
func (d *database) awaitActive(at, node int) {
	d.t.Helper()
	d.run(at, 300, fmt.Sprintf(`until /vmlab/share/heartbeat cl_status nodestatus n%d 2>/dev/null | grep -q active; do sleep 0.5; done`, node))
}
