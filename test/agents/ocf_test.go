package agents

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// A trial is how ocf-tester is to call an agent.
type trial struct {
	name, kind, options string
	prepare             string // shell lines before
	needs               func(*bench)
}

func trials() []trial {
	return []trial{
		{kind: "Delay", options: "-o startdelay=0 -o stopdelay=0"},
		{kind: "MailTo", options: "-o email=root@localhost -o smtp=127.0.0.1:1"},
		{name: "tmpfs", kind: "Filesystem", options: "-o device=tmpfs -o directory=$D/mnt -o fstype=tmpfs"},
		{name: "bind", kind: "Filesystem", options: "-o device=$D/src -o directory=$D/mnt -o fstype=none -o options=bind"},
		{name: "loop", kind: "Filesystem", options: "-o device=$D/disk.img -o directory=$D/mnt -o fstype=ext4", needs: disk},
		{name: "label", kind: "Filesystem", options: "-o device=-Lhb-ocf -o directory=$D/mnt", needs: disk,
			prepare: `loop=$(losetup -f --show "$D/disk.img"); trap 'losetup -d $loop' EXIT`},
		{kind: "portblock", options: "-o protocol=tcp -o portno=80,443,6000:6010 -o action=block"},
		{name: "unblock", kind: "portblock", options: "-o protocol=udp -o portno=53 -o action=unblock -o ip=10.9.0.0/24"},
		{kind: "SendArp", options: "-o ip=10.9.0.77 -o nic=e0"},
		{kind: "IPaddr", options: "-o ip=10.9.0.50"},
		{kind: "IPaddr2", options: "-o ip=10.9.0.51 -o cidr_netmask=24 -o nic=e0 -o iflabel=web -o ip_conflict_check=refuse"},
		{kind: "IPv6addr", options: "-o ipv6addr=fd09::50"},
		{kind: "IPsrcaddr", options: "-o ipaddress=10.9.0.1", prepare: "ip route add default via 10.9.0.254"},
		// The kernels of test machines have neither device mapper nor DRBD nor IPVS: their programs are pretended.
		{kind: "LVM", options: "-o volgrpname=vg0", needs: pretendLVM},
		{kind: "Raid1", options: "-o raidconf=$D/mdadm.conf -o raiddev=/dev/md77", needs: pretendRaid, prepare: "touch mdadm.conf; mount -t tmpfs none /sys/block"},
		{kind: "drbddisk", options: "-o drbd_resource=r0", needs: pretendDRBD},
		{kind: "drbdupper", options: "-o drbd_resource=r0-U", needs: pretendDRBD},
		{kind: "LVSSyncDaemonSwap", options: "-o role=master -o syncif=e0", needs: pretendLVS},
	}
}

func disk(b *bench) {
	b.t.Helper()
	testenv.NeedProgram(b.t, "mkfs.ext4", "e2fsprogs")
	testenv.NeedProgram(b.t, "losetup", "mount")
	_, err := os.Stat("/dev/loop-control")
	testenv.Need(b.t, "loop devices", err == nil, "modprobe loop")
	path := filepath.Join(b.dir, "disk.img")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Truncate(path, 4<<20); err != nil {
		b.t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-L", "hb-ocf", path).CombinedOutput(); err != nil {
		b.t.Fatalf("%v %s", err, out)
	}
}

func pretendLVM(b *bench) {
	b.tool("vgs", "echo vg0\n")
	b.tool("vgchange", `case $2 in y) touch `+b.dir+`/vg;; n) rm -f `+b.dir+"/vg;; esac\n")
	b.tool("lvs", `[ -f `+b.dir+`/vg ] && echo "  active" || echo "  "`+"\n")
}

func pretendRaid(b *bench) {
	b.tool("mdadm", "case $1 in --assemble) mkdir -p /sys/block/md77/md; echo clean >/sys/block/md77/md/array_state;; --stop) rm -r /sys/block/md77;; esac\n")
}

func pretendDRBD(b *bench) {
	b.tool("drbdadm", `[ "$1" = -S ] && shift
f=`+b.dir+`/drbd-$2
case $1 in
primary) touch $f;; secondary|down) rm -f $f;; sh-lr-of) echo lower;;
role) [ -f $f ] && echo Primary/Secondary || echo Secondary/Primary;;
esac
`)
}

func pretendLVS(b *bench) {
	b.tool("ipvsadm", `f=`+b.dir+`/lvs
case $1 in
--list) [ -f $f ] && echo "$(cat $f) sync daemon (mcast=e0, syncid=0)";; --start-daemon) echo $2 >$f;; --stop-daemon) rm -f $f;;
esac
true
`)
}

func TestOCFTesterPassesForEveryBuiltInAgent(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "ocf-tester", "resource-agents")
	testenv.NeedProgram(t, "xmllint", "libxml2-utils")
	tested := map[string]bool{}
	for _, tt := range trials() {
		tested[tt.kind] = true
		name := tt.kind
		if tt.name != "" {
			name += " " + tt.name
		}
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if tt.needs != nil {
				tt.needs(b)
			}
			code, out := b.inside(tt.prepare + "\nocf-tester -n trial " + tt.options + ` "$D/heartbeat-go/` + tt.kind + `"`)
			if code != 0 || !strings.Contains(out, "passed all tests") {
				t.Errorf("exit %d\n%s", code, out)
			}
		})
	}
	links, err := os.ReadDir(newBench(t).ocf)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if !tested[l.Name()] {
			t.Errorf("no trial for the agent %s", l.Name())
		}
	}
}
