"""Sparse products beside SciPy's: A @ x for sum, and A @ B with sorted indices. Both run in this process.

Usage: spmm.py LIBRARY [--edges N] [--threads N]. LIBRARY is libspinel_torch.so. SciPy has one thread. Prints a line a
case; results are checked first. torch_sparse has no wheel for this torch on PyPI; with one installed it takes part.
"""

import argparse
import os
import sys
import time

import numpy as np
import scipy.sparse
import torch

sys.path[:0] = [os.path.join(os.path.dirname(__file__), "..")]
from side_by_side import compare

try:
    import torch_sparse
except ImportError:
    torch_sparse = None


def rmat(scale, edges):
    """The probabilities of Graph 500; nodes are renumbered at random."""
    random = np.random.default_rng(1)
    row, column = np.zeros(edges, np.int64), np.zeros(edges, np.int64)
    for _ in range(scale):
        u = random.random(edges)
        row = 2 * row + (u >= 0.76)
        column = 2 * column + (((u >= 0.57) & (u < 0.76)) | (u >= 0.95))
    number = random.permutation(1 << scale)
    return number[row], number[column], 1 << scale


def grid(side):
    at = np.arange(side * side).reshape(side, side)
    pairs = [(at[:-1], at[1:]), (at[1:], at[:-1]), (at[:, :-1], at[:, 1:]), (at[:, 1:], at[:, :-1])]
    row, column = (np.concatenate([pair[k].ravel() for pair in pairs]) for k in (0, 1))
    return row, column, side * side


def matrices(most):
    for scale, edges in ((13, 10**5), (16, 10**6), (20, 10**7)):
        if edges <= most:
            yield f"R-MAT {edges}", rmat(scale, edges)
    for side in (158, 500, 1581):
        if 4 * side * side <= 1.1 * most:
            yield f"grid {4 * side * side}", grid(side)


def as_csr(row, column, nodes):
    value = np.random.default_rng(2).random(len(row), np.float32)
    matrix = scipy.sparse.coo_matrix((value, (row, column)), (nodes, nodes)).tocsr()
    matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix


def timed(function):
    """A function that returns the seconds of a call, averaged over some milliseconds."""
    function()
    start = time.perf_counter()
    function()
    count = max(1, int(0.01 / (time.perf_counter() - start)))

    def run():
        begin = time.perf_counter()
        for _ in range(count):
            function()
        return (time.perf_counter() - begin) / count

    return run


def products(name, matrix, tensors):
    for width in (1, 16, 64, 128, 256):
        x = torch.randn(matrix.shape[1], width)
        ours = lambda: torch.ops.spinel.spmm(*tensors, x, "sum")
        peer = lambda: matrix @ x.numpy()
        torch.testing.assert_close(ours(), torch.from_numpy(peer()), rtol=1e-4, atol=1e-4)
        compare(f"{name}, F {width}, sum, SciPy", timed(ours), timed(peer), 5)
        if torch_sparse is None:
            continue
        sparse = torch_sparse.SparseTensor(rowptr=tensors[0], col=tensors[1], value=tensors[2],
                                           sparse_sizes=matrix.shape)
        for reduce in ("sum", "mean", "max"):
            compare(f"{name}, F {width}, {reduce}, torch_sparse",
                    timed(lambda: torch.ops.spinel.spmm(*tensors, x, reduce)),
                    timed(lambda: torch_sparse.matmul(sparse, x, reduce)), 5)


def sparse_product(name, matrix, tensors):
    ours = lambda: torch.ops.spinel.spspmm_csr(*tensors, *tensors, matrix.shape[1])

    def peer():
        product = matrix @ matrix
        product.sort_indices()
        return product

    rowptr, col, value = ours()
    wanted = peer()
    assert np.array_equal(rowptr.numpy(), wanted.indptr) and np.array_equal(col.numpy(), wanted.indices)
    torch.testing.assert_close(value, torch.from_numpy(wanted.data), rtol=1e-4, atol=1e-4)
    compare(f"{name}, A @ A ({len(col)} entries), SciPy", timed(ours), timed(peer), 5)
    csr = torch.sparse_csr_tensor(*tensors, matrix.shape)
    compare(f"{name}, A @ A, torch (MKL)", timed(ours), timed(lambda: csr @ csr), 5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--edges", type=int, default=10**6)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.ops.load_library(arguments.library)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, SciPy {scipy.__version__}, {arguments.threads} thread(s) of ours")
    for name, (row, column, nodes) in matrices(arguments.edges):
        matrix = as_csr(row, column, nodes)
        tensors = [torch.from_numpy(matrix.indptr), torch.from_numpy(matrix.indices), torch.from_numpy(matrix.data)]
        products(name, matrix, tensors)
        if len(row) <= 10**6:
            sparse_product(name, matrix, tensors)


if __name__ == "__main__":
    main()
