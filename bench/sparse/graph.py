"""Graph functions against torch_sparse, SciPy and METIS itself, in alternating pairs on equal threads.

python bench/sparse/graph.py build/release/bin [threads] [pairs]
Graphs: RMAT (power law) and a grid. torch_sparse has no wheels on PyPI: where it is not installed its rows are left out.
"""
import ctypes
import os
import sys
import tempfile
import time

program = sys.argv[1]
if os.path.isdir(program):
    program = os.path.join(program, "graph_bench")
threads, pairs = int((sys.argv + [""] * 2)[2] or 1), int((sys.argv + [""] * 3)[3] or 5)
os.environ["OMP_NUM_THREADS"] = str(threads)
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np  # noqa: E402  (after the number of threads is set)
import scipy  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from scipy.sparse.csgraph import reverse_cuthill_mckee  # noqa: E402
from side_by_side import Program, compare  # noqa: E402

try:
    import torch
    import torch_sparse
    torch.set_num_threads(threads)
except ImportError:
    torch_sparse = None
    print("torch_sparse is not installed: its comparisons are left out")
try:
    metis = ctypes.CDLL("libmetis.so.5")
except OSError:
    metis = None
    print("libmetis.so.5 is not installed: its comparisons are left out")


def undirected(row, col, nodes):
    """No self loops, no double edges, both directions."""
    keep = row != col
    matrix = sp.coo_matrix((np.ones(keep.sum(), np.int8), (row[keep], col[keep])), (nodes, nodes)).tocsr()
    matrix = matrix + matrix.T
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def rmat(scale, edges, random):
    """Chakrabarti, Zhan and Faloutsos (SDM 2004) with Graph500's probabilities 0.57, 0.19, 0.19, 0.05."""
    row, col = np.zeros(edges, np.int64), np.zeros(edges, np.int64)
    for _ in range(scale):
        corner = random.choice(4, edges, p=[0.57, 0.19, 0.19, 0.05])
        row, col = 2 * row + corner // 2, 2 * col + corner % 2
    name = random.permutation(1 << scale)  # else the hubs lie side by side
    return undirected(name[row], name[col], 1 << scale)


def grid(side, random):
    """A square grid with shuffled numbers."""
    name = random.permutation(side * side).reshape(side, side)
    row = np.concatenate([name[:, :-1].ravel(), name[:-1].ravel()])
    col = np.concatenate([name[:, 1:].ravel(), name[1:].ravel()])
    return undirected(row, col, side * side)


def timed(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def run_metis(rowptr, col, parts, recursive):
    """Seconds and edge cut of METIS by its C interface, on arrays of its own index type."""
    xadj, adjncy = rowptr.astype(np.int32), col.astype(np.int32)
    part = np.zeros(len(rowptr) - 1, np.int32)
    number, pointer = (lambda k: ctypes.byref(ctypes.c_int32(k))), (lambda a: a.ctypes.data_as(ctypes.c_void_p))
    cut = ctypes.c_int32()
    function = metis.METIS_PartGraphRecursive if recursive else metis.METIS_PartGraphKway
    begin = time.perf_counter()
    status = function(number(len(part)), number(1), pointer(xadj), pointer(adjncy), None, None, None, number(parts),
                      None, None, None, ctypes.byref(cut), pointer(part))
    taken = time.perf_counter() - begin
    assert status == 1, status
    return taken, cut.value


def measure(label, rowptr, col, walks, random):
    nodes = random.integers(0, len(rowptr) - 1, walks)
    subset = random.choice(len(rowptr) - 1, min(walks, len(rowptr) - 1), replace=False)
    print(f"{label}: {len(rowptr) - 1} nodes, {len(col)} entries, {threads} threads")
    with tempfile.TemporaryDirectory() as folder:
        def program_on(chosen):
            path = os.path.join(folder, "graph.npz")
            np.savez(path, rowptr=rowptr, col=col, nodes=chosen)
            ours = Program(program, path, threads=threads)

            def ask(line):
                seconds, size, quality = map(float, ours.ask(line).split())
                return seconds, size, quality
            ask("random_walk 1")
            return ours, ask

        if torch_sparse is not None:
            ops = torch.ops.torch_sparse
            r, c = torch.from_numpy(rowptr), torch.from_numpy(col)
            ours, ask = program_on(nodes)
            n = torch.from_numpy(nodes)
            compare(f"  random_walk {walks} × 20", lambda: ask("random_walk 20")[0],
                    lambda: timed(lambda: ops.random_walk(r, c, n, 20)), pairs)
            ours.close()
            ours, ask = program_on(subset)
            s = torch.from_numpy(subset)
            assert ask("saint_subgraph")[1] == ops.saint_subgraph(s, r, c, c)[2].numel()
            compare(f"  saint_subgraph {len(subset)}", lambda: ask("saint_subgraph")[0],
                    lambda: timed(lambda: ops.saint_subgraph(s, r, c, c)), pairs)
            for count, replace in [(10, False), (10, True), (-1, False)]:
                line = f"sample_adj {count} {int(replace)}"
                assert ask(line)[1] == ops.sample_adj(r, c, s, count, replace)[3].numel()
                compare(f"  {line} of {len(subset)}", lambda: ask(line)[0],
                        lambda: timed(lambda: ops.sample_adj(r, c, s, count, replace)), pairs)
            ours.close()
        ours, ask = program_on(subset)
        matrix = sp.csr_matrix((np.ones(len(col), np.float32), col.astype(np.int32), rowptr.astype(np.int32)))
        order = reverse_cuthill_mckee(matrix, symmetric_mode=True)
        place = np.empty_like(order)
        place[order] = np.arange(len(order), dtype=order.dtype)
        theirs = np.abs(np.repeat(place, np.diff(rowptr)) - place[col]).max()
        mine = ask("reverse_cuthill_mckee")[2]
        compare(f"  RCM against SciPy {scipy.__version__}", lambda: ask("reverse_cuthill_mckee")[0],
                lambda: timed(lambda: reverse_cuthill_mckee(matrix, symmetric_mode=True)), pairs)
        print(f"    bandwidth: ours {mine:.0f}, SciPy {theirs}")
        if metis is not None:
            for recursive in (False, True):
                line = f"partition 16 {int(recursive)}"
                mine, theirs = ask(line)[2], run_metis(rowptr, col, 16, recursive)[1]
                compare(f"  {line} against METIS", lambda: ask(line)[0],
                        lambda: run_metis(rowptr, col, 16, recursive)[0], pairs)
                print(f"    edge cut: ours {mine:.0f}, METIS {theirs}")
        ours.close()


random = np.random.default_rng(0)
measure("grid", *grid(300, random), 10_000, random)
measure("RMAT", *rmat(16, 500_000, random), 10_000, random)
if len(sys.argv) > 4 and sys.argv[4] == "large":
    measure("RMAT", *rmat(20, 5_000_000, random), 100_000, random)
