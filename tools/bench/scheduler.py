#!/usr/bin/env python3
"""Time crm_simulate as whole processes, ours and another one, on the same files in one run. Prints tables in Markdown.

    tools/bench/scheduler.py --cases DIR --generator gen-large-cib.py [--peer /usr/sbin/crm_simulate] [--runs 3] [--long]

--cases DIR       folder with case files (*.xml); each is run once by both, with -R -Q -D -G
--generator FILE  makes large clusters; both run those that the peer can do in a minute, we run all; --long lets the peer have all (many minutes)
--peer PROGRAM    the other crm_simulate; without it only ours is measured
Needs Go and python3. Processor times are of the process and its children; memory is the largest resident set.
"""
import argparse
import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
ACTIVE = ['--monitors', '--probed', '--location', '0', '--coloc', '0']
# nodes, primitives, state, options, whether the peer does it in a minute
LADDER = [
    (10, 200, 'empty', ['--monitors'], True), (10, 400, 'empty', ['--monitors'], True), (10, 800, 'empty', ['--monitors'], True),
    (20, 800, 'empty', ['--monitors'], True), (20, 1600, 'empty', ['--monitors'], True), (50, 500, 'empty', ['--monitors'], True),
    (50, 1000, 'empty', ['--monitors'], False), (50, 2000, 'empty', ['--monitors'], False), (100, 5000, 'empty', ['--monitors', '--clone-share', '0'], False),
    (20, 800, 'active', ACTIVE, True), (50, 2000, 'active', ACTIVE, True), (50, 2000, 'nodefail', ACTIVE + ['--fencing'], True),
    (100, 5000, 'active', ACTIVE, False), (100, 5000, 'nodefail', ACTIVE + ['--fencing'], False),
]


def run(program, *args):
    """Run a program and return user and system seconds, wall seconds, resident MB, and its exit code."""
    begin = time.monotonic()
    # Not os.fork: what a copy of this interpreter costs until it becomes the program would be counted as the program's.
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(program, ['crm_simulate', *args], os.environ, file_actions=quiet)
    _, status, use = os.wait4(pid, 0)
    return use.ru_utime, use.ru_stime, time.monotonic() - begin, use.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def suite(programs, cases):
    print(f'\n{len(cases)} recorded cases, one process each (`-R -Q -D -G`)\n\n| | user, s | system, s | median wall, ms | largest resident, MB |\n|---|---|---|---|---|')
    totals = {}
    for name, program in programs.items():
        out = [run(program, '-R', '-Q', '-D', os.devnull, '-G', os.devnull, '-x', c) for c in cases]
        user, system = sum(o[0] for o in out), sum(o[1] for o in out)
        totals[name] = user + system
        print(f'| {name} | {user:.1f} | {system:.1f} | {1000 * statistics.median(o[2] for o in out):.1f} | {max(o[3] for o in out):.0f} |', flush=True)
    if len(totals) == 2:
        ours, peer = totals.values()
        print(f'\nprocessor time: {ours / peer:.3f} of the other one')


def ladder(programs, generator, runs, long, folder):
    print('\n| nodes x primitives | file, MB | ' + ' | '.join(f'{p}: user + system, s | wall, s | resident, MB' for p in programs) + ' |')
    print('|---' * (2 + 3 * len(programs)) + '|')
    for nodes, primitives, state, options, quick in LADDER:
        path = os.path.join(folder, 'cluster.xml')
        with open(path, 'wb') as f:
            subprocess.run([sys.executable, generator, '--nodes', str(nodes), '--primitives', str(primitives), '--state', state, *options], stdout=f, check=True)
        cells = [f'{nodes} x {primitives} {state}', f'{os.path.getsize(path) / 1e6:.1f}']
        for i, program in enumerate(programs.values()):
            if i > 0 and not (quick or long):
                cells += ['', '', '']
                continue
            out = [run(program, '-R', '-Q', '-G', os.devnull, '-x', path) for _ in range(runs if i == 0 else 1)]
            if any(o[4] for o in out):
                cells += [f'exit code {out[0][4]}', '', '']
                continue
            mid = sorted(out, key=lambda o: o[0] + o[1])[len(out) // 2]
            cells += [f'{mid[0]:.2f} + {mid[1]:.2f}', f'{statistics.median(o[2] for o in out):.2f}', f'{max(o[3] for o in out):.0f}']
        print('| ' + ' | '.join(cells) + ' |', flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--cases')
    ap.add_argument('--generator')
    ap.add_argument('--peer')
    ap.add_argument('--runs', type=int, default=3)
    ap.add_argument('--long', action='store_true')
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = os.path.join(folder, 'heartbeat')
        subprocess.run(['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', ours, './cmd/heartbeat'], cwd=ROOT, check=True, env={**os.environ, 'CGO_ENABLED': '0'})
        programs = {'Heartbeat': ours}
        if a.peer:
            programs['the other'] = a.peer
        if a.cases:
            suite(programs, sorted(glob.glob(os.path.join(a.cases, '*.xml'))))
        if a.generator:
            ladder(programs, a.generator, a.runs, a.long, folder)


if __name__ == '__main__':
    main()
