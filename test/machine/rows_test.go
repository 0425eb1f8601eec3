//go:build vm

package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

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

// databaseScript is the resource that runs the database, as the tutorials have it. It asks the server only when there is a reason to: a
// process costs 45 ms in an emulated machine, the client of the database half a second.
const databaseScript = `#!/bin/bash
ask() { mariadb-admin --no-defaults -S /run/mysqld.sock "$@" >/dev/null 2>&1; }
alive() { local p c; read -r p 2>/dev/null </run/mysqld.pid && read -r c 2>/dev/null </proc/$p/comm && [[ $c == mariadbd ]]; }
case $1 in
start)
	alive && ask ping && exit 0
	rm -f /run/mysqld.sock /run/mysqld.pid
	mariadbd --defaults-file=/etc/ha.d/my.cnf </dev/null >>/vmlab/share/mariadb-$HOSTNAME.out 2>&1 &
	until [[ -S /run/mysqld.sock ]] && ask ping; do
		kill -0 $! 2>/dev/null || exit 1
		sleep 0.2
	done ;;
stop)
	alive || exit 0
	ask shutdown
	while alive; do sleep 0.2; done ;;
status) if alive && ask ping; then echo running; else echo stopped; exit 3; fi ;;
esac
`

// client writes rows through the service address, one transaction each, and prints the number of a row when the server has acknowledged it.
const client = `i=%d; ( while :; do echo "insert into t.r values($i); select $i;"; i=$((i + 1)); done |
	mariadb --no-defaults -h 10.97.0.100 -u root --skip-reconnect -N -n ) >/vmlab/share/acknowledged.%d 2>/vmlab/share/client.out </dev/null &
echo $! >/run/client`

// asking waits until the address is on this machine, then until something listens there, then until the database answers a query. The first two
// cost no process, so that the waiting does not slow down what is waited for.
const asking = `[ -p /run/nap ] || mkfifo /run/nap
nap() { read -r -t $1 _ <>/run/nap; }
until mapfile -t a </proc/net/fib_trie && [[ ${a[*]} == *'-- 10.97.0.100 '* ]]; do nap 0.1; done
until (exec 3<>/dev/tcp/10.97.0.100/3306) 2>/dev/null; do nap 0.1; done
until mariadb --no-defaults -h 10.97.0.100 -u root --connect-timeout=5 -N -e 'select count(*) from t.r' >/dev/null 2>&1; do nap 0.2; done`

// rows is what a test knows about the rows of a database that two machines run in turn.
type rows struct {
	*power
	next  int   // number of the next row
	acked []int // numbers that were acknowledged
}

// makeDatabase makes an empty database with this machine's own program, as /vmlab/share/data.tar, with the files that run it.
func (d *rows) makeDatabase() {
	d.t.Helper()
	d.put("my.cnf", databaseSettings, 0o644)
	d.put("mysqld", databaseScript, 0o755)
	d.put("first.sql", "create database t; use t; create table r (id int primary key) engine=innodb;\n", 0o644)
	dir := d.t.TempDir()
	for _, up := range []string{dir, filepath.Dir(dir)} { // the user mysql goes through them
		if err := os.Chmod(up, 0o755); err != nil {
			d.t.Fatal(err)
		}
	}
	install := exec.Command("mariadb-install-db", "--no-defaults", "--user=mysql", "--datadir="+filepath.Join(dir, "data"), "--skip-test-db", "--auth-root-authentication-method=normal",
		"--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M")
	if out, err := install.CombinedOutput(); err != nil {
		d.t.Fatalf("making the database: %v\n%s", err, out)
	}
	if out, err := exec.Command("tar", "-C", dir, "-cf", filepath.Join(d.share, "data.tar"), "data").CombinedOutput(); err != nil {
		d.t.Fatalf("packing the database: %v\n%s", err, out)
	}
}

// awaitService waits until the database answers on a machine, through the service address.
func (d *rows) awaitService(node, limit int) {
	d.t.Helper()
	d.run(node, limit, asking)
}

func (d *rows) write(from, round int) {
	d.t.Helper()
	d.run(from, 30, fmt.Sprintf(client, d.next, round))
}

// acknowledged are the numbers that the client of a round printed whole.
func (d *rows) acknowledged(round int) (list []int) {
	text, _ := os.ReadFile(filepath.Join(d.share, fmt.Sprintf("acknowledged.%d", round)))
	end := strings.LastIndexByte(string(text), '\n')
	for _, f := range strings.Fields(string(text[:max(0, end)])) {
		if n, err := strconv.Atoi(f); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func (d *rows) awaitAcknowledged(node, round, count int) {
	d.t.Helper()
	d.run(node, 180, fmt.Sprintf(`until mapfile -t a </vmlab/share/acknowledged.%d && [[ ${#a[@]} -ge %d ]]; do sleep 0.1; done`, round, count))
}

// lost ends the client and looks for every row that was ever acknowledged. It returns how many of this round there are, and which of all are missing.
func (d *rows) lost(node, round int) (fresh int, missing []int) {
	d.t.Helper()
	return d.lostAs(node, round, `while p=$(pidof mariadb); do kill $p 2>/dev/null; sleep 0.1; done
mariadb --no-defaults -h 10.97.0.100 -u root -N -e 'select id from t.r'`)
}

// lostAs is lost with another way to list all numbers.
func (d *rows) lostAs(node, round int, list string) (fresh int, missing []int) {
	d.t.Helper()
	said := d.run(node, 180, "kill $(cat /run/client) 2>/dev/null\n"+list)
	new := d.acknowledged(round)
	d.acked = append(d.acked, new...)
	found := map[int]bool{}
	for _, f := range strings.Fields(said) {
		n, err := strconv.Atoi(f)
		if err != nil {
			d.t.Fatalf("the database says %q", f)
		}
		found[n], d.next = true, max(d.next, n+1)
	}
	for _, n := range d.acked {
		if !found[n] {
			missing = append(missing, n)
		}
	}
	return len(new), missing
}
