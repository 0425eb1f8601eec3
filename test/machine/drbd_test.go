//go:build vm

package machine

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

// drbdResource is protocol C: a write is acknowledged when both disks have it. The controller of the resync rate is off, because it crawls on
// small disks; and a peer without power is noticed within the deadtime of the cluster, or the promotion would wait for it.
const drbdResource = `resource r0 {
  protocol C; device /dev/drbd0; disk /dev/vda; meta-disk internal;
  disk { c-plan-ahead 0; resync-rate 50M; fencing resource-only; }
  net { timeout 40; ping-int 4; ping-timeout 20; connect-int 5; }
  handlers { fence-peer "/usr/lib/heartbeat/drbd-peer-outdater -t 5"; }
  on n1 { address 10.97.0.1:7788; }
  on n2 { address 10.97.0.2:7788; }
}
`

// joinCluster is what a machine does after its power is back: the disk of DRBD comes up, then the node.
const joinCluster = joinNode + `
mkdir -p /etc/drbd.d /var/lib/drbd
ln -sf /usr/local/bin/heartbeat /usr/lib/heartbeat/drbd-peer-outdater
echo 'global { usage-count no; } common { }' >/etc/drbd.d/global_common.conf
echo 'include "drbd.d/global_common.conf"; include "drbd.d/*.res";' >/etc/drbd.conf
cp $s/r0.res /etc/drbd.d/
modprobe -a drbd ext4
[ -e $s/made-$me ] || { echo yes | drbdadm create-md --force r0 >/dev/null; : >$s/made-$me; }
drbdadm up r0
`

// TestDatabaseOnDRBDLosesNoCommittedRow cuts the power of the machine that runs a database while rows are written through the service address. The other one
// takes disk, file system, address and database over, and has every row that was acknowledged. HEARTBEAT_TEST_POWEROFFS says how often, 2 times
// when it is not set; HEARTBEAT_TEST_POWEROFFS_RECORD gathers the rounds of several runs.
func TestDatabaseOnDRBDLosesNoCommittedRow(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "mariadbd", "mariadb-server")
	testenv.NeedProgram(t, "drbdadm", "drbd-utils")
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv("HEARTBEAT_TEST_POWEROFFS")); err == nil {
		rounds = n
	}
	rec := openRecord(t)
	d := &mirrored{rows{power: newPower(t, 2, 64), next: 1}}
	d.prepare()
	owner := 1
	d.awaitService(owner, 300)
	for n := range rounds {
		began := time.Now()
		other := 3 - owner
		rec.add(d.powerOff(owner, other, n))
		if last := rec.lines[len(rec.lines)-1]; last.lost > 0 {
			t.Fatalf("%d acknowledged rows are lost\n%s", last.lost, d.state())
		}
		if n < rounds-1 {
			d.comeBack(owner, other)
		}
		if n < 2 {
			t.Logf("the takeover as n%d tells it:\n%s", other, d.run(other, 60, "heartbeat events -n 24"))
		}
		t.Logf("power-off %d of %d in %v: n%d took over; so far %s", n+1, rounds, took(began), other, rec.summary())
		owner = other
	}
	t.Log(rec.summary())
}

// mirrored is a database on a disk that DRBD mirrors.
type mirrored struct{ rows }

// prepare makes the disk with an empty database on n1, in sync on both, and starts the nodes.
func (d *mirrored) prepare() {
	d.t.Helper()
	d.put("r0.res", drbdResource, 0o644)
	d.makeCluster(machineHaCf+"respawn hacluster /usr/lib/heartbeat/dopd\n", "n1 drbddisk::r0 Filesystem::/dev/drbd0::/srv/mysql::ext4 10.97.0.100/24/eth0 mysqld\n")
	d.makeDatabase()
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

// powerOff is one round: rows are written, the owner's power is cut, the other one serves, and every row is looked for. The power is given back as soon as the
// service is there, so that the machine boots meanwhile.
func (d *mirrored) powerOff(owner, other, n int) round {
	d.t.Helper()
	d.write(other, n)
	d.awaitAcknowledged(other, n, 20)
	d.off(owner)
	began := time.Now()
	d.awaitService(other, 400)
	gap := time.Since(began)
	d.on(owner)
	fresh, missing := d.lost(other, n)
	return round{fresh, len(missing), gap}
}

// comeBack waits until a machine that was without power takes part again, with its disk in sync.
func (d *mirrored) comeBack(node, peer int) {
	d.t.Helper()
	d.booted(node)
	d.run(node, 120, joinCluster+startNode)
	d.run(peer, 300, fmt.Sprintf(`nap() { read -r -t $1 _ <>/run/nap; }
until mapfile -t a </proc/drbd && [[ ${a[*]} == *cs:Connected*ds:UpToDate/UpToDate* ]]; do nap 0.1; done
until heartbeat cl_status nodestatus n%d 2>/dev/null | grep -q active; do nap 0.1; done`, node))
}
