"""Neighbour list against matscipy and vesin: 100,000 atoms, 0.1 atoms/Å³, 5 Å, in alternating pairs.

python bench/atoms/neighbor_list.py build/release/bin/neighbor_list_bench [threads] [pairs]
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
if os.path.isdir(program):
    program = os.path.join(program, "neighbor_list_bench")
threads, rounds = sys.argv[2] if len(sys.argv) > 2 else "1", int((sys.argv + [""] * 3)[3] or 5)
os.environ["OMP_NUM_THREADS"] = threads
cores = sorted(os.sched_getaffinity(0))[: int(threads)]
os.sched_setaffinity(0, cores)

import matscipy  # noqa: E402  (after the number of threads is set)
import numpy as np  # noqa: E402
import vesin  # noqa: E402
from matscipy.neighbours import neighbour_list  # noqa: E402

ATOMS, DENSITY, CUTOFF = 100_000, 0.1, 5.0
edge = (ATOMS / DENSITY) ** (1 / 3)
points = np.random.default_rng(0).random((ATOMS, 3)) * edge
cell = np.eye(3) * edge


def run_matscipy():
    return neighbour_list("ijSd", positions=points, cell=cell, pbc=[True] * 3, cutoff=CUTOFF)


def run_vesin(ordered):
    calculator = vesin.NeighborList(cutoff=CUTOFF, full_list=True, sorted=ordered)
    return lambda: calculator.compute(points=points, box=cell, periodic=True, quantities="ijSd")


with tempfile.NamedTemporaryFile(suffix=".bin") as file:
    points.tofile(file)
    file.flush()
    for label, ordered, peer in [
        (f"matscipy {matscipy.__version__}", True, run_matscipy),
        (f"vesin {vesin.__version__} unsorted", False, run_vesin(False)),
        (f"vesin {vesin.__version__} sorted", True, run_vesin(True)),
    ]:
        ours = subprocess.Popen(
            [program, file.name, str(CUTOFF), repr(edge), str(int(ordered))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        own, theirs = [], []
        for trial in range(rounds + 1):
            ours.stdin.write("\n")
            ours.stdin.flush()
            seconds, pairs, checksum = map(float, ours.stdout.readline().split())
            begin = time.perf_counter()
            result = peer()
            taken = time.perf_counter() - begin
            assert len(result[0]) == pairs and np.isclose(result[3].sum(), checksum, rtol=1e-9), "results differ"
            if trial > 0:  # the first is the warm-up
                own.append(seconds)
                theirs.append(taken)
        ours.stdin.close()
        ours.wait()
        a, b = statistics.median(own), statistics.median(theirs)
        print(f"{label:24} threads {threads}: ours {a * 1e3:8.1f} ms, peer {b * 1e3:8.1f} ms, {b / a:5.2f} times its "
              f"speed, load {os.getloadavg()[0]:.1f}")
