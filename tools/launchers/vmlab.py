#!/usr/bin/env python3
"""A launcher for `heartbeat cts run --driver vmlab`: emulated machines of the machine laboratory (vmlab.py).

    heartbeat cts run --driver vmlab --launcher 'python3 tools/launchers/vmlab.py [--third]'

HEARTBEAT_VMLAB is the path of vmlab.py. One JSON order a line on standard input, one JSON line on standard output: docs/cts.md has the
protocol. Every machine has a disk of its own for /etc/ha.d, /var/lib/heartbeat and /var/log, which outlives its power; what was not
written to it is lost with the power, as on iron. The pipe to a machine is a port of virtio-serial: no network is needed for it.
"""
import json
import os
import shlex
import shutil
import socket
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
VMLAB = os.environ.get("HEARTBEAT_VMLAB") or sys.exit("set HEARTBEAT_VMLAB to the path of vmlab.py, the machine laboratory")
if os.path.isdir(VMLAB):
    VMLAB = os.path.join(VMLAB, "vmlab.py")
if not os.path.isfile(VMLAB):
    sys.exit(f"HEARTBEAT_VMLAB: {VMLAB} is not there; name vmlab.py of the machine laboratory, or its directory")
sys.path.insert(0, os.path.dirname(os.path.abspath(VMLAB)))
import vmlab  # noqa: E402

ROLES = {"r1": 1, "r2": 2, "client": 3, "r3": 4}
PROGRAM = "/usr/local/bin/heartbeat"
CAN = ["power", "freeze", "links", "one-way", "clock", "reboot", "disk", "drbd", "ping-node", "fencing", "c-node",
       "watchdog", "serial", "netem"]

# What a machine does at boot before it can be used.
PREPARE = r"""
set -e
modprobe -a virtio_console ext4
mkdir -p /mnt/disk
if ! mount -t ext4 -o noatime /dev/vda /mnt/disk 2>/dev/null; then
	mke2fs -q -t ext4 /dev/vda && mount -t ext4 -o noatime /dev/vda /mnt/disk
	mkdir -p /mnt/disk/etc /mnt/disk/lib /mnt/disk/log
	cp -a /etc/ha.d/. /mnt/disk/etc/ 2>/dev/null || true
fi
mkdir -p /etc/ha.d /var/lib/heartbeat /var/log /run/heartbeat /run/lock
mount --bind /mnt/disk/etc /etc/ha.d
mount --bind /mnt/disk/lib /var/lib/heartbeat
mount --bind /mnt/disk/log /var/log
cp /vmlab/share/heartbeat %s
""" % PROGRAM

# The program that the suite talks to, on the port; the marks tell its beginning and its end from what an earlier life left in the pipe.
ATTACH = r"""
for p in /sys/class/virtio-ports/*; do port=/dev/${p##*/}; done
[ -c "$port" ] || exit 9
( exec 3<>"$port"; printf '\n@begin %(id)d\n' >&3; %(argv)s <&3 >&3 2>>/var/log/cts-agent; printf '\n@end %(id)d exit %%d\n' $? >&3 ) </dev/null >/dev/null 2>&1 &
"""

say_lock = threading.Lock()


def say(**what):
    with say_lock:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def lines_of(s):
    """The lines that a socket of the emulator gives, until its end: the power may go in the middle of one."""
    try:
        yield from s.makefile("r", encoding="utf-8", errors="replace")
    except OSError:
        pass


class Machine:
    def __init__(self, lab, role):
        self.lab, self.role = lab, role
        self.node = lab.node(ROLES[role])
        self.lock = threading.Lock()     # one order at a time
        self.life = 0
        self.was_reset = False           # by itself: a watchdog, or a reboot
        self.exec_id = None              # of the program that runs on it
        self.exec_open = False           # its beginning was seen
        self.port = None
        self.drbd = f"{self.node.dir}.disk2"
        with open(self.drbd, "wb") as f:
            f.truncate(64 << 20)

    def on(self):
        return self.node.p is not None and self.node.p.poll() is None

    def start(self, limit=1800):
        """Switches the machine on, or waits for one that starts by itself, until commands run on it."""
        with self.lock:
            self.deafen(True)
            if self.on() and self.was_reset:
                self.node.off()          # the emulator unpacks a kernel the second time for many minutes; a new one boots in seconds
            for attempt in (1, 2, 3):
                if not self.on():
                    self.power_on()
                try:
                    self.node.wait_boot(self.life, limit / 3)
                    r = self.node.run(PREPARE, 120)
                    if r.rc == 0:
                        self.deafen(False)
                        return
                    raise RuntimeError(f"{self.role} does not get ready: {r}")
                except Exception:
                    self.node.off()
                    if attempt == 3:
                        raise

    def deafen(self, yes):
        with wiring:
            (booting.add if yes else booting.discard)(self.role)
            rewire(self.lab)

    def power_on(self):
        n = self.node
        for end in (".port", ".events"):
            if os.path.exists(n.dir + end):
                os.unlink(n.dir + end)
        with start_lock:
            self.lab.qemu_args[:] = [
                "-device", "virtio-serial-pci", "-chardev", f"socket,id=port,path={n.dir}.port,server=on,wait=off",
                "-device", "virtserialport,chardev=port,name=cts",
                "-qmp", f"unix:{n.dir}.events,server=on,wait=off",
                "-drive", f"file={self.drbd},if=virtio,format=raw,cache=unsafe",
                "-append", kernel_words(self.lab, n)]
            self.life, self.was_reset = n.boots() + 1, False
            n.start()
        self.port = self.connect(n.dir + ".port")
        events = self.connect(n.dir + ".events")
        events.sendall(b'{"execute":"qmp_capabilities"}\n')
        threading.Thread(target=self.hear_port, args=(self.port,), daemon=True).start()
        threading.Thread(target=self.hear_events, args=(events,), daemon=True).start()

    def connect(self, path):
        end = time.time() + 30
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(path)
                return s
            except OSError:
                s.close()
                if time.time() > end or not self.on():
                    raise RuntimeError(f"{self.role}: the emulator does not open {path}")
                time.sleep(0.02)

    def hear_port(self, s):
        for line in lines_of(s):
            if line.startswith("@begin "):
                self.exec_open = line.strip() == f"@begin {self.exec_id}"
            elif line.startswith("@end "):
                self.ended(line.strip().split(" ", 2)[2], line.split()[1])
            elif self.exec_open and line != "\n":
                say(id=self.exec_id, data=line)

    def hear_events(self, s):
        for line in lines_of(s):
            if '"RESET"' in line and '"event"' in line:
                self.life, self.was_reset = self.node.boots() + 1, True
                self.ended("the machine has reset itself")

    def ended(self, why, number=None):
        n = self.exec_id
        if n is not None and number in (None, str(n)):
            self.exec_id, self.exec_open = None, False
            say(id=n, end=why)

    def power_off(self):
        self.node.off()
        self.ended("its power is off")

    def execute(self, number, argv):
        with self.lock:
            if self.exec_id is not None:
                raise RuntimeError(f"a program runs on {self.role} already")
            self.exec_id = number
            r = self.node.run(ATTACH % {"id": number, "argv": shlex.join(argv)}, 60)
            if r.rc != 0:
                self.exec_id = None
                raise RuntimeError(f"starting the program: {r}")

    def link(self, k, up):
        if self.on():
            r = self.node.qmp("set_link", name=f"e{k}", up=up)
            if "error" in r:
                raise RuntimeError(r["error"].get("desc", "set_link fails"))


def kernel_words(lab, node):
    """The last -append counts. no_timer_check: the kernel shall not give up because its timers are late on a busy host."""
    words = ["console=ttyS0", "quiet", "panic=1", "net.ifnames=0", "mitigations=off", "nokaslr", "no_timer_check", "tsc=unstable",
             f"lab.node={node.name}", f"lab.idx={node.i}"] + [f"lab.net{k}={vmlab.NET[k]}" for k in range(lab.nets)]
    return " ".join(words)


start_lock = threading.Lock()
wiring = threading.Lock()
cuts = {}          # (role, link) → how
booting = set()    # roles: nobody takes frames out of their cards, and what piles up there would hold up the wire for all


def rewire(lab):
    """Cuts of two machines may concern the same frames, so all are laid again."""
    everybody = range(1, lab.nodes + 1)
    blocked = {(k, j, ROLES[role]) for role in booting for k in range(lab.nets) for j in everybody}
    for (role, k), how in cuts.items():
        i = ROLES[role]
        for j in everybody:
            if how in ("mute", "in"):
                blocked.add((k, j, i))
            if how in ("mute", "out"):
                blocked.add((k, i, j))
    lab.wire.blocked = blocked


def hello(lab, machines, order):
    shutil.copy(order["program"], lab.share + "/heartbeat")
    os.chmod(lab.share + "/heartbeat", 0o755)
    lacks = {} if "r3" in machines else {"third": "start the launcher with --third to have a third machine"}
    return dict(
        protocol=1, name="vmlab", program=PROGRAM, disk="/dev/vdb", probe_ms=50, pace_ms=200, lateness_ms=1000, timers="1s/6s/12s", slack="6s",
        can=CAN + (["third"] if "r3" in machines else []), lacks=lacks,
        service={"g1": vmlab.NET[0] + ".101/24", "g2": vmlab.NET[0] + ".102/24"},
        machines={r: {"host": m.node.name, "cards": [{"name": f"eth{k}", "address": f"{vmlab.NET[k]}.{ROLES[r]}"} for k in range(2)]}
                  for r, m in machines.items()})


def obey(lab, machines, order):
    op = order["op"]
    if op == "hello":
        return hello(lab, machines, order)
    m = machines[order["machine"]]
    if op == "start":
        m.start()
    elif op == "power-off":
        m.power_off()
    elif op == "freeze":
        m.node.freeze()
    elif op == "thaw":
        if m.on():
            m.node.thaw()
    elif op == "cut":
        if order["how"] == "carrier":
            m.link(order["link"], False)
        else:
            with wiring:
                cuts[order["machine"], order["link"]] = order["how"]
                rewire(lab)
    elif op == "heal":
        with wiring:
            cuts.pop((order["machine"], order["link"]), None)
            rewire(lab)
        m.link(order["link"], True)
    elif op == "exec":
        m.execute(order["id"], order["argv"])
    else:
        raise RuntimeError(f"unknown order {op}")
    return {}


def answer(lab, machines, order):
    try:
        say(id=order["id"], ok=True, **obey(lab, machines, order))
    except Exception as e:
        say(id=order["id"], error=f"{type(e).__name__}: {e}")


def main():
    third = sys.argv[1:] == ["--third"]
    if sys.argv[1:] and not third:
        sys.exit(__doc__)
    share = tempfile.mkdtemp(prefix="heartbeat-vmlab-")
    lab = vmlab.Lab(4 if third else 3, nets=2, mem_mb=320, disk_mb=64, serial=True, share=share)
    lab.wire.start()
    machines = {r: Machine(lab, r) for r, i in ROLES.items() if i <= lab.nodes}
    stop = None
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if order["op"] == "stop":
                stop = order["id"]
                break
            if order["op"] == "input":
                m = next((m for m in machines.values() if m.exec_id == order["id"]), None)
                if m:
                    m.port.sendall(order["data"].encode())
                continue
            threading.Thread(target=answer, args=(lab, machines, order), daemon=True).start()
    finally:
        for m in machines.values():
            m.power_off()
        lab.__exit__()
        shutil.rmtree(share, ignore_errors=True)
    if stop is not None:
        say(id=stop, ok=True)


main()
