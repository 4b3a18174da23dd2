"""Sparse times dense from Python, beside SciPy (sum) and torch_sparse (sum, mean, max).

python bench/sparse/spmm.py build/release/bin [--threads N] [--edges MOST] [--only NAME] [--default-malloc]
Results are checked first. SciPy has one thread; torch_sparse takes 64-bit indices alone, so in its rows ours takes them
too. The peers inside libtorch are measured by spmm_bench.
"""

import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import in_process  # noqa: E402

arguments = in_process.start(__doc__, edges=10**6)

import torch  # noqa: E402

import graphs  # noqa: E402
from in_process import timed  # noqa: E402
from side_by_side import compare  # noqa: E402

CASES = [(f"R-MAT {edges}", edges, lambda scale=scale, edges=edges: graphs.rmat(scale, edges))
         for scale, edges in ((13, 10**5), (16, 10**6), (20, 10**7))]
CASES += [(f"grid {side}²", 4 * side * side, lambda side=side: graphs.grid(side)) for side in (158, 500, 1581)]


def measure(name, matrix):
    narrow = [torch.from_numpy(part) for part in (matrix.indptr, matrix.indices, matrix.data)]
    wide = [narrow[0].long(), narrow[1].long(), narrow[2]]
    torch_sparse = in_process.torch_sparse()
    if torch_sparse:
        peer = torch_sparse.SparseTensor(rowptr=wide[0], col=wide[1], value=wide[2], sparse_sizes=matrix.shape)
    for width in (1, 16, 64, 128, 256):
        x = torch.randn(matrix.shape[1], width)
        table = x.numpy()
        torch.testing.assert_close(torch.ops.spinel.spmm(*narrow, x, "sum"), torch.from_numpy(matrix @ table),
                                   rtol=1e-4, atol=1e-4)
        compare(f"{name}, F {width}, sum, SciPy", timed(lambda: torch.ops.spinel.spmm(*narrow, x, "sum")),
                timed(lambda: matrix @ table), arguments.pairs)
        for reduce in ("sum", "mean", "max") if torch_sparse else ():
            def ours():
                return torch.ops.spinel.spmm(*wide, x, reduce)

            def theirs():
                return torch_sparse.matmul(peer, x, reduce)

            torch.testing.assert_close(ours(), theirs(), rtol=1e-4, atol=1e-4)
            compare(f"{name}, F {width}, {reduce}, torch_sparse", timed(ours), timed(theirs), arguments.pairs)


for name, edges, make in CASES:
    if edges <= 1.1 * arguments.edges and arguments.only in name:
        measure(name, graphs.as_csr(*make()))
