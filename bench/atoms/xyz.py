"""Reading extended XYZ against ASE, in alternating pairs, one thread.

python bench/atoms/xyz.py build/release/bin/xyz_bench [FILE] [pairs]
"""
import os
import statistics
import subprocess
import sys
import time

import ase
import ase.io
import numpy as np

program = sys.argv[1]
if os.path.isdir(program):
    program = os.path.join(program, "xyz_bench")
file = sys.argv[2] if len(sys.argv) > 2 else "data/ethanol-gfn2/ethanol_gfn2.xyz"
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])

ours = subprocess.Popen([program, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
own, theirs = [], []
for trial in range(rounds + 1):
    ours.stdin.write("\n")
    ours.stdin.flush()
    seconds, frames, checksum = map(float, ours.stdout.readline().split())
    begin = time.perf_counter()
    images = ase.io.read(file, ":", format="extxyz")
    taken = time.perf_counter() - begin
    assert len(images) == frames and np.isclose(sum(a.positions.sum() for a in images), checksum), "results differ"
    if trial > 0:  # the first is the warm-up
        own.append(seconds)
        theirs.append(taken)
ours.stdin.close()
ours.wait()
a, b = statistics.median(own), statistics.median(theirs)
print(f"ASE {ase.__version__}: ours {frames / a:10.0f} frames/s, ASE {frames / b:8.0f} frames/s, {b / a:6.1f} times its "
      f"speed, load {os.getloadavg()[0]:.1f}")
