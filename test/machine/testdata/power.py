"""A bridge between a test and the machine laboratory: one JSON request a line on standard input, one answer a line on standard output.

    power.py PATH_OF_VMLAB SHARE NODES DISK_MB

{"op": "run", "node": 1, "cmd": "...", "timeout": 60} answers {"rc": 0, "out": "..."}; rc may be reset, gone or timeout.
{"op": "off", "node": 1} cuts the power, {"op": "on", "node": 1} gives it back at once, {"op": "booted", "node": 1} waits until the machine answers.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(sys.argv[1]))
sys.dont_write_bytecode = True
import vmlab  # noqa: E402


def patient(lab, node):
    """Arguments of the emulator after which the kernel does not give up when its timers are late, as they are on a busy host; the last
    -append counts."""
    words = ["console=ttyS0", "quiet", "panic=1", "net.ifnames=0", "mitigations=off", "nokaslr", "no_timer_check", "tsc=unstable",
             f"lab.node={node.name}", f"lab.idx={node.i}"] + [f"lab.net{k}={vmlab.NET[k]}" for k in range(lab.nets)]
    return ["-append", " ".join(words)]


def start(node):
    node.lab.qemu_args = patient(node.lab, node)
    node.life = node.boots() + 1
    node.start()


def booted(node, limit):
    """Waits for a machine. An emulated one may trip over its own timers when the host is busy; then its power is cut once more."""
    for attempt in (1, 2, 3):
        try:
            return node.wait_boot(node.life, limit / 3)
        except Exception:
            node.off()
            if attempt == 3:
                raise
            start(node)


def main():
    lab = vmlab.Lab(int(sys.argv[3]), mem_mb=448, disk_mb=int(sys.argv[4]), share=sys.argv[2])
    lab.wire.start()
    try:
        for node in lab.all:
            start(node)
        for node in lab.all:
            booted(node, 1800)
        print(json.dumps({"rc": 0, "out": "booted"}), flush=True)
        for line in sys.stdin:
            want = json.loads(line)
            node, answer = lab.node(want["node"]), {"rc": 0, "out": ""}
            try:
                if want["op"] == "run":
                    r = node.run(want["cmd"], want["timeout"])
                    answer = {"rc": r.rc, "out": r.out}
                elif want["op"] == "off":
                    node.off()
                elif want["op"] == "on":
                    start(node)
                elif want["op"] == "booted":
                    booted(node, want["timeout"])
            except Exception as e:
                answer = {"rc": "error", "out": str(e)}
            print(json.dumps(answer), flush=True)
    finally:
        lab.__exit__()


main()
