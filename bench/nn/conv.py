"""Forward and backward of every graph convolution beside torch_geometric 2.6.1 (with torch_scatter where it is built).

python bench/nn/conv.py build/release/bin [--threads N] [--nodes N --edges E] [--only NAME] [--pairs N] [--fresh]
    [--processor-time]
The same weights, inputs and cotangent in two processes that take turns; x and the parameters get gradients. Results
and gradients are compared first. Convolutions of points make their graph of the 10 nearest in clouds of 1,000. What
has no gradient is measured forward and left out of the means. Memory: growth of the peak by the first step, after one
on a small graph. Without --threads both 1 and 2 are measured. --fresh: a new edge_index each step, so that nothing of
it is remembered.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import conv_cases_peer as conv_cases  # noqa: E402
from in_process import POLICY  # noqa: E402
from side_by_side import Program, alternate  # noqa: E402


def measure(label, spec, ours, peer, folder, arguments):
    path, small, found = (os.path.join(folder, name) for name in ("case", "small", "found"))
    answer = peer.ask(f"make\t{json.dumps(spec)}\t{path}\t{arguments.nodes}\t{arguments.edges}")
    if answer != "done":
        print(f"{label:<52} not measured: {answer}", flush=True)
        return None
    peer.ask(f"make\t{json.dumps(spec)}\t{small}\t200\t2000")
    growth = float(ours.ask(f"open {path} {small}")), float(peer.ask(f"open {path} {small}"))
    ours.ask(f"outputs {found}")
    difference = float(peer.ask(f"check {found}"))
    a, b = alternate(ours, peer, "processor" if arguments.processor_time else "steps", 0.05, arguments.pairs)
    flag = "" if difference < 1e-3 else f"  DIFFERENT by {difference:.1e}"
    print(f"{label:<52} {1e3 * a:9.2f} {1e3 * b:9.2f} {b / a:7.2f}   {growth[0]:8.1f} {growth[1]:8.1f} "
          f"{growth[0] / max(growth[1], 0.1):6.2f}{flag}", flush=True)
    # Without a gradient it is another figure.
    return (b / a, max(growth[0], 0.1) / max(growth[1], 0.1)) if spec["gradient"] else None


def mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", help="folder of the built programs")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--only", default="", help="measure what begins so; several with commas")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--processor-time", action="store_true", help="what other programs take away does not count")
    arguments = parser.parse_args()
    if arguments.threads is None:
        for threads in (1, 2):
            subprocess.run([sys.executable, *sys.argv, "--threads", str(threads)], check=True)
        return
    os.environ.update(POLICY)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.threads])
    words = [arguments.threads, *(["fresh"] if arguments.fresh else [])]
    ours = Program(os.path.join(arguments.programs, "conv_bench"), *words, threads=arguments.threads)
    peer = Program(sys.executable, os.path.join(HERE, "conv_peer.py"), *words, threads=arguments.threads)
    print(f"{arguments.nodes} nodes, {arguments.edges} edges, {arguments.threads} thread(s), "
          f"load {os.getloadavg()[0]:.2f}{', a new edge_index each step' if arguments.fresh else ''}\n"
          f"{'':<52} {'ours, ms':>9} {'PyG, ms':>9} {'times':>7}   {'ours MiB':>8} {'PyG MiB':>8} {'share':>6}")
    wanted = tuple(arguments.only.split(","))
    with tempfile.TemporaryDirectory() as folder:
        results = [measure(label, spec, ours, peer, folder, arguments) for label, spec, most in conv_cases.cases()
                   if label.startswith(wanted) and arguments.edges <= most]
    speeds, shares = zip(*filter(None, results))
    print(f"geometric mean of {len(speeds)}: {mean(speeds):.2f} times, least {min(speeds):.2f}; "
          f"memory {mean(shares):.2f}")
    ours.close(), peer.close()


if __name__ == "__main__":
    main()
