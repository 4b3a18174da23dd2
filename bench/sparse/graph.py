"""Graph functions beside torch_sparse, SciPy and METIS itself.

python bench/sparse/graph.py build/release/bin [--threads N] [--edges MOST] [--only NAME] [--default-malloc]
Results are checked first: walks are equal for a seed, subgraphs and orders (SciPy's with a stable sort) too; samples
have as many entries. SciPy and METIS have one thread.
"""

import ctypes
import os
import sys
import unittest.mock

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import in_process  # noqa: E402

arguments = in_process.start(__doc__, edges=10**6)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy.sparse.csgraph import reverse_cuthill_mckee  # noqa: E402

import graphs  # noqa: E402
from in_process import timed  # noqa: E402
from side_by_side import compare  # noqa: E402

CASES = [("grid 300²", 4 * 10**5, lambda: graphs.grid(300, seed=1)),
         ("R-MAT 14", 2.5 * 10**5, lambda: graphs.rmat(14, 125_000)),
         ("R-MAT 16", 10**6, lambda: graphs.rmat(16, 500_000)),
         ("R-MAT 20", 10**7, lambda: graphs.rmat(20, 5_000_000)),
         ("grid 1581²", 10**7, lambda: graphs.grid(1581, seed=1))]
ours = torch.ops.spinel
peer = torch.ops.torch_sparse if in_process.torch_sparse() else None
try:
    metis = ctypes.CDLL("libmetis.so.5")
except OSError:
    metis = None
    print("libmetis.so.5 is not installed: it does not take part")


def pair(name, mine, theirs):
    compare(name, timed(mine), timed(theirs), arguments.pairs)


def walks(rowptr, col, count):
    start = torch.randint(len(rowptr) - 1, (count,))
    start = start[rowptr[start + 1] > rowptr[start]]  # torch_sparse reads elsewhere at a node without edges
    results = []
    for walk in (ours.random_walk, peer.random_walk):
        torch.manual_seed(1)
        results.append(walk(rowptr, col, start, 20))
    assert torch.equal(*results)
    pair(f"  random_walk, {len(start)} of 20 steps", lambda: ours.random_walk(rowptr, col, start, 20),
         lambda: peer.random_walk(rowptr, col, start, 20))


def samples(rowptr, col, count):
    nodes = torch.randperm(len(rowptr) - 1)[:count]
    for mine, theirs in zip(ours.saint_subgraph(nodes, rowptr, col, col), peer.saint_subgraph(nodes, rowptr, col, col)):
        assert torch.equal(mine, theirs)
    pair(f"  saint_subgraph, {len(nodes)} nodes", lambda: ours.saint_subgraph(nodes, rowptr, col, col),
         lambda: peer.saint_subgraph(nodes, rowptr, col, col))
    for k, replace in ((10, False), (10, True), (-1, False)):
        results = [sample(rowptr, col, nodes, k, replace) for sample in (ours.sample_adj, peer.sample_adj)]
        assert torch.equal(results[0][0], results[1][0])
        assert k >= 0 or all(torch.equal(*both) for both in zip(*results))
        how = "all" if k < 0 else f"{k} with replacement" if replace else f"{k}"
        pair(f"  sample_adj, {len(nodes)} nodes, {how}", lambda: ours.sample_adj(rowptr, col, nodes, k, replace),
             lambda: peer.sample_adj(rowptr, col, nodes, k, replace))


def bandwidth(matrix, order):
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return np.abs(np.repeat(place, np.diff(matrix.indptr)) - place[matrix.indices]).max()


def stable_order(matrix):
    """SciPy's order with nodes of one degree taken by number: its argsort leaves open how they follow each other, and
    NumPy's answer differs between processors."""
    with unittest.mock.patch.object(np, "argsort", lambda numbers: numbers.argsort(kind="stable")):
        return reverse_cuthill_mckee(matrix, symmetric_mode=True)


def order(matrix, rowptr, col):
    assert np.array_equal(ours.reverse_cuthill_mckee(rowptr, col).numpy(), stable_order(matrix))
    orders = ours.reverse_cuthill_mckee(rowptr, col).numpy(), reverse_cuthill_mckee(matrix, symmetric_mode=True)
    mine, theirs = (bandwidth(matrix, one) for one in orders)
    pair(f"  RCM, bandwidth {mine}; SciPy's {theirs}", lambda: ours.reverse_cuthill_mckee(rowptr, col),
         lambda: reverse_cuthill_mckee(matrix, symmetric_mode=True))


def run_metis(matrix, parts, recursive):
    """The parts by METIS' C interface with its default options, from arrays of its own index type."""
    def number(k):
        return ctypes.byref(ctypes.c_int32(k))

    def pointer(array):
        return array.ctypes.data_as(ctypes.c_void_p)

    part = np.zeros(matrix.shape[0], np.int32)
    function = metis.METIS_PartGraphRecursive if recursive else metis.METIS_PartGraphKway
    status = function(number(len(part)), number(1), pointer(matrix.indptr), pointer(matrix.indices), None, None, None,
                      number(parts), None, None, None, number(0), pointer(part))
    assert status == 1, status
    return part


def parts(matrix, rowptr, col):
    def cut(part):
        return int((np.repeat(part, np.diff(matrix.indptr)) != part[matrix.indices]).sum()) // 2

    for recursive in (False, True):
        def mine():
            return ours.partition(rowptr, col, None, 16, recursive)

        cuts = cut(mine().numpy()), cut(run_metis(matrix, 16, recursive))
        pair(f"  partition{' recursive' if recursive else ''}, cut {cuts[0]}; METIS' {cuts[1]}", mine,
             lambda: run_metis(matrix, 16, recursive))


def measure(name, matrix):
    rowptr, col = torch.from_numpy(matrix.indptr.astype(np.int64)), torch.from_numpy(matrix.indices.astype(np.int64))
    print(f"{name}: {len(rowptr) - 1} nodes, {len(col)} entries")
    count = min(100_000, (len(rowptr) - 1) // 6)
    if peer:
        walks(rowptr, col, count)
        samples(rowptr, col, count)
    order(matrix, rowptr, col)
    if metis and matrix.nnz < 5 * 10**5:  # METIS takes seconds for more
        parts(matrix, rowptr, col)


for name, edges, make in CASES:
    if edges <= arguments.edges and arguments.only in name:
        measure(name, graphs.undirected(*make()))
