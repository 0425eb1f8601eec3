package applet

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heartbeat/internal/testenv"
)

// TestTheInitScriptDoesEveryActionInEveryShell runs dist/init.d/heartbeat with a real node, its hooks, and all its mistakes.
func TestTheInitScriptDoesEveryActionInEveryShell(t *testing.T) {
	testenv.NeedRoot(t)
	init, err := os.ReadFile("../../dist/init.d/heartbeat")
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"dash", "bash"} {
		t.Run(shell, func(t *testing.T) {
			testenv.NeedProgram(t, shell, shell)
			s := newScript(t)
			s.env = append(s.env, "HEARTBEAT="+filepath.Join(s.dir, "bin/heartbeat"), "HA_LOCK="+filepath.Join(s.dir, "subsys/heartbeat"))
			if err := os.WriteFile(filepath.Join(s.dir, "init"), init, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.do("run 0 shell init stop") })
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path, filepath.Join(s.dir, "bin", "shell")); err != nil {
				t.Fatal(err)
			}
			for i, line := range s.unpack(initScript) {
				if line == "" {
					continue
				}
				if err := s.do(line); err != nil {
					t.Fatalf("line %d: %s\n%v\nstdout:\n%s\nstderr:\n%s", i, line, err, s.stdout, s.stderr)
				}
			}
		})
	}
}

const initScript = `run 1 shell init
stdout ^Usage: .*start\|stop\|status\|restart\|reload\|force-reload\|standby
run 6 shell init start
stdout ^Heartbeat not configured: .*/etc/ha.cf not found\.$
run 3 shell init status
run 0 shell init stop
subst good.cf
run 0 chmod 755 etc/resource.d/startstop
run 0 cp bad.cf etc/ha.cf
run 6 shell init start
stdout Heartbeat failure \[rc=6\]\. Failed\.
stdout etc/ha.cf:1: error: Current node \[node1\] not in configuration!
stdout etc/ha.cf:2: error: .*keepaliv
stdout etc/authkeys: error: Bad permissions on keyfile
stdout etc/haresources:1: error: Bad nodename
run 1 test -e subsys/heartbeat
run 0 cp good.cf etc/ha.cf
run 0 cp good.res etc/haresources
run 0 chmod 600 etc/authkeys
run 0 rm hooks
run 0 shell init start
stdout ^Starting High-Availability services: Done\.$
run 0 test -e subsys/heartbeat
run 0 shell init status
stdout ^heartbeat OK \[pid \d+ et al\] is running on
run 0 shell init start
run 0 shell init reload
run 0 cp bad.cf etc/ha.cf
run 6 shell init force-reload
run 0 shell init status
run 0 cp good.cf etc/ha.cf
run 2 shell init standby
stdout ^auto_failback: off$
stderr refused
run 0 shell init restart
stdout Stopping High-Availability services: Done\.
run 0 shell init status
run 0 shell init stop
run 1 test -e subsys/heartbeat
run 3 shell init status
run 0 shell init stop
run 0 cat hooks
stdout ^pre-start$
stdout ^post-start 0$
stdout ^pre-stop$
stdout ^post-stop 0$
-- subsys/keep --
-- hooks --
-- etc/resource.d/startstop --
#!/bin/sh
echo "$@" >>"$HA_ETC/../hooks"
-- etc/authkeys --
auth 1
1 sha1 x
-- etc/haresources --
nosuchnode 10.0.0.1
-- good.res --
node1 Dummy::a
-- bad.cf --
node node8 node9
keepaliv 1
bcast lo
logfacility none
use_logd no
-- good.cf --
node node1 node2
udpport $PORT
ucast lo 127.0.0.2
keepalive 100ms
deadtime 300ms
initdead 300ms
realtime off
auto_failback off
logfile $WORK/log
`
