package applet

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heartbeat/internal/migrate"
	"heartbeat/internal/testenv"
	"heartbeat/internal/xmltree"
)

// TestPacemakerAcceptsWhatWasConverted lets Pacemaker itself judge a configuration with everything in it.
func TestPacemakerAcceptsWhatWasConverted(t *testing.T) {
	testenv.NeedProgram(t, "crm_verify", "pacemaker-cli-utils")
	testenv.NeedProgram(t, "stonith", "cluster-glue")
	s := newScript(t)
	s.unpack(`
-- etc/ha.cf --
node node1 node2
bcast eth0
ping 10.0.0.254
ping_group routers 10.0.1.254 10.0.2.254
deadtime 40
initdead 120
auto_failback off
logfacility daemon
respawn hacluster /usr/lib/heartbeat/ipfail
stonith_host * external/ssh node1 node2
stonith_host node1 external/ipmi node2 10.9.9.2 admin secret lan
#!hb auto_failback_group IPaddr2::10.0.0.2/24/eth0:web on
-- etc/haresources --
node1 10.0.0.1/24/eth0 drbddisk::r0 Filesystem::/dev/drbd0::/data::ext3 cron	#db
node2 IPaddr2::10.0.0.2/24/eth0:web apache::/etc/apache2/apache2.conf
node2 MailTo::root@localhost::moved::again	#mail
node1 Dummy #clone:everywhere
#rsc_order mail start after db
#rsc_colocation mail db -infinity
`)
	for _, schema := range migrate.Schemas() {
		c, out, errs := s.command([]string{"haresources2cib", "--stdout", "--schema", schema})
		if err := c.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", schema, err, errs)
		}
		if _, err := xmltree.Parse(out.Bytes(), xmltree.Options{}); err != nil {
			t.Fatal(err)
		}
		if schema == string(migrate.Schema06) {
			continue // no program of today reads it
		}
		file := filepath.Join(s.dir, "cib.xml")
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		verdict, err := exec.Command("crm_verify", "-V", "-x", file).CombinedOutput()
		if err != nil || bytes.Contains(verdict, []byte("error:")) {
			t.Errorf("crm_verify: %v\n%s\n%s", err, verdict, out)
		}
		t.Logf("crm_verify says: %q", verdict)
	}
}
