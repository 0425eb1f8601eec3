//go:build vm

package machine

import (
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

// storage makes the third machine a file server with a disk of its own. It keeps the locks of a client that died for ten seconds only; with
// the usual 90 the database would wait for those of its former self. sync: what it has acknowledged is on its disk.
const storage = `set -e
modprobe -a nfsd ext4
mke2fs -q -t ext4 /dev/vda
mkdir -p /srv/export /run/rpcbind /var/lib/nfs/v4recovery /var/lib/nfs/rpc_pipefs
mount -t ext4 /dev/vda /srv/export
mkdir /srv/export/mysql /srv/export/html
tar -C /srv/export/mysql -xf /vmlab/share/data.tar
chown -R mysql:mysql /srv/export/mysql/data
mount -t nfsd nfsd /proc/fs/nfsd
echo 10 >/proc/fs/nfsd/nfsv4leasetime
echo 10 >/proc/fs/nfsd/nfsv4gracetime
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
echo '/srv/export 10.97.0.0/24(rw,sync,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
rpc.mountd -N 2 -N 3 -V 4
rpc.nfsd -N 3 -V 4 4
exportfs -ra
`

// firstTable makes the table, on the file server itself before anybody mounts it.
const firstTable = `set -e
mkdir -p /etc/ha.d
cp /vmlab/share/my.cnf /etc/ha.d/
ln -s /srv/export/mysql /srv/mysql
sh=/vmlab/share/mysqld
$sh start
mariadb --no-defaults -S /run/mysqld.sock </vmlab/share/first.sql
$sh stop
`

// makeStorage prepares the file server, and starts both nodes; what else each is to do is given.
func (d *rows) makeStorage(onServer, onNode string) {
	d.t.Helper()
	d.makeDatabase()
	d.run(3, 180, storage+firstTable+onServer)
	for n := 1; n <= 2; n++ {
		d.run(n, 180, joinNode+"modprobe nfsv4\n"+onNode+startNode)
	}
}

func needNFS(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "mariadbd", "mariadb-server")
}

// TestDatabaseOnNFSLosesNoCommittedRow is the database of the tutorials on a file server: the power of the node that runs it is cut while rows are
// written. The other node mounts the directory, waits for the locks of its predecessor, and has every row that was acknowledged.
func TestDatabaseOnNFSLosesNoCommittedRow(t *testing.T) {
	needNFS(t)
	d := &rows{power: newPower(t, 3, 96), next: 1}
	d.makeCluster(machineHaCf, "n1 Filesystem::10.97.0.3:/mysql::/srv/mysql::nfs4 10.97.0.100/24/eth0 mysqld\n")
	d.makeStorage("", "")
	d.awaitService(1, 400)
	d.write(3, 0)
	d.awaitAcknowledged(3, 0, 20)
	d.off(1)
	began := time.Now()
	d.awaitService(2, 400)
	gap := took(began)
	fresh, missing := d.lost(3, 0)
	t.Logf("the takeover as n2 tells it:\n%s", d.run(2, 60, "heartbeat events -n 24"))
	if len(missing) > 0 {
		t.Fatalf("acknowledged rows %v are lost\n%s", missing, d.state())
	}
	t.Logf("%d acknowledged rows, none is lost; service back after %v", fresh, gap)
	d.on(1)
	d.booted(1)
	d.run(1, 180, joinNode+"modprobe nfsv4\n"+startNode)
	d.run(2, 300, `until heartbeat cl_status nodestatus n1 2>/dev/null | grep -q active; do sleep 0.3; done`)
	d.run(2, 60, `[ "$(heartbeat cl_status rscstatus)" = all ]`)
}

// The site: a page, and a script in place of PHP that stores a comment and answers when the database has it.
const (
	sitePage = "<html><title>A site of two machines</title></html>\n"
	siteConf = `ServerName site
ServerRoot /etc/apache2
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule cgi_module /usr/lib/apache2/modules/mod_cgi.so
DefaultRuntimeDir /run
PidFile /run/httpd.pid
Listen 80
User www-data
Group www-data
StartServers 1
MinSpareServers 1
MaxSpareServers 2
ErrorLog /run/httpd.log
DocumentRoot /var/www/html
ScriptAlias /cgi-bin/ /var/www/html/cgi-bin/
<Directory /var/www/html>
	Require all granted
</Directory>
`
	siteServer = `#!/bin/bash
alive() { local p c; read -r p 2>/dev/null </run/httpd.pid && read -r c 2>/dev/null </proc/$p/comm && [[ $c == apache2 ]]; }
case $1 in
start)
	alive && exit 0
	rm -f /run/httpd.pid
	apache2 -f /etc/ha.d/httpd.conf -k start || exit 1
	until alive && (exec 3<>/dev/tcp/127.0.0.1/80) 2>/dev/null; do sleep 0.2; done ;;
stop)
	alive || exit 0
	read -r p </run/httpd.pid
	kill $p
	while alive; do sleep 0.2; done ;;
status) if alive; then echo running; else echo stopped; exit 3; fi ;;
esac
`
	siteComment = `#!/bin/bash
# comment?NUMBER stores a comment; comment?all lists the numbers of all.
db() { mariadb --no-defaults -S /run/mysqld.sock -u root -N -e "$1" t; }
case $QUERY_STRING in
all) said=$(db 'select id from r') ;;
*[!0-9]* | '') said='which number?' && false ;;
*) db "insert into r values($QUERY_STRING)" && said="stored $QUERY_STRING" ;;
esac || { printf 'Status: 503 The database does not answer\r\nContent-Type: text/plain\r\n\r\n%s\n' "$said"; exit; }
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$said"
`
	// get prints the answer to a request, or fails.
	get = `get() { exec 3<>/dev/tcp/10.97.0.100/80 && printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3 && cat <&3; }
`
	// visitors store one comment after the other, and note the number when the page says that it is stored.
	visitors = get + `i=1; ( while :; do case $(get /cgi-bin/comment?$i 2>/dev/null) in *"stored $i"*) echo $i ;; esac; i=$((i + 1)); done ) >/vmlab/share/acknowledged.0 2>/dev/null </dev/null &
echo $! >/run/client`
)

// TestSiteOnNFSLosesNoStoredComment is the example of the tutorials with everything: web server, database and their files on a file server move
// together. A visitor who was told that a comment is stored finds it after the power of the node was cut.
func TestSiteOnNFSLosesNoStoredComment(t *testing.T) {
	needNFS(t)
	testenv.NeedProgram(t, "apache2", "apache2")
	d := &rows{power: newPower(t, 3, 96), next: 1}
	d.makeCluster(machineHaCf, "n1 Filesystem::10.97.0.3:/mysql::/srv/mysql::nfs4 Filesystem::10.97.0.3:/html::/var/www/html::nfs4 10.97.0.100/24/eth0 mysqld httpd\n")
	d.put("index.html", sitePage, 0o644)
	d.put("httpd.conf", siteConf, 0o644)
	d.put("httpd", siteServer, 0o755)
	d.put("comment", siteComment, 0o755)
	d.makeStorage(`mkdir /srv/export/html/cgi-bin
cp /vmlab/share/index.html /srv/export/html/
cp /vmlab/share/comment /srv/export/html/cgi-bin/
`, `cp $s/httpd.conf /etc/ha.d/
cp $s/httpd /etc/ha.d/resource.d/
`)
	// The client asks until the page and the database behind it answer.
	ready := get + `until [[ $(get /index.html 2>/dev/null) == *'of two machines'* && $(get /cgi-bin/comment?all 2>/dev/null) == *' 200 '* ]]; do sleep 0.3; done`
	d.run(3, 500, ready)
	d.run(3, 30, visitors)
	d.awaitAcknowledged(3, 0, 8)
	d.off(1)
	began := time.Now()
	d.run(2, 400, `until mapfile -t a </proc/net/fib_trie && [[ ${a[*]} == *'-- 10.97.0.100 '* ]]; do sleep 0.2; done`)
	d.run(3, 400, ready)
	gap := took(began)
	fresh, missing := d.lostAs(3, 0, get+`get /cgi-bin/comment?all | tr -d '\r' | grep -x '[0-9]*'`)
	t.Logf("the takeover as n2 tells it:\n%s", d.run(2, 60, "heartbeat events -n 28"))
	if len(missing) > 0 {
		t.Fatalf("comments %v were stored and are lost\n%s", missing, d.state())
	}
	t.Logf("%d stored comments, none is lost; the site is back after %v", fresh, gap)
}
