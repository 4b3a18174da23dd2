"""Sparse times sparse, A @ A with sorted columns, beside SciPy, torch_sparse and torch's CSR product (MKL).

python bench/sparse/spspmm.py build/release/bin [--threads N] [--edges MOST] [--only NAME] [--default-malloc]
Results are checked first. SciPy has one thread; its product is sorted by sort_indices(). torch_sparse takes 64-bit
indices alone, so in its rows ours takes them too.
"""

import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import in_process  # noqa: E402

arguments = in_process.start(__doc__, edges=10**6)

import numpy as np  # noqa: E402
import torch  # noqa: E402

import graphs  # noqa: E402
from in_process import timed  # noqa: E402
from side_by_side import compare  # noqa: E402

CASES = [("R-MAT 13", 10**5, lambda: graphs.rmat(13, 10**5)), ("R-MAT 16", 10**5, lambda: graphs.rmat(16, 10**5)),
         ("R-MAT 18", 5 * 10**5, lambda: graphs.rmat(18, 5 * 10**5)),
         ("grid 316²", 4 * 10**5, lambda: graphs.grid(316)), ("grid 500²", 10**6, lambda: graphs.grid(500)),
         ("grid 1581²", 10**7, lambda: graphs.grid(1581)),
         ("cube 63³", 1.5 * 10**6, lambda: graphs.cube(63)),
         ("uniform 5", 5 * 10**5, lambda: graphs.uniform(10**5, 5 * 10**5)),
         ("uniform 7", 7 * 10**5, lambda: graphs.uniform(10**5, 7 * 10**5)),
         ("uniform 10", 10**6, lambda: graphs.uniform(10**5, 10**6)),
         ("band 40", 8 * 10**5, lambda: graphs.band(20000, 40))]


def measure(name, matrix):
    narrow = [torch.from_numpy(part) for part in (matrix.indptr, matrix.indices, matrix.data)]
    wide = [narrow[0].long(), narrow[1].long(), narrow[2]]

    def ours(tensors):
        return torch.ops.spinel.spspmm_csr(*tensors, *tensors, matrix.shape[1])

    def scipy_product():
        product = matrix @ matrix
        product.sort_indices()
        return product

    wanted = scipy_product()
    for rowptr, col, value in (ours(narrow), ours(wide)):
        assert np.array_equal(rowptr.numpy(), wanted.indptr) and np.array_equal(col.numpy(), wanted.indices)
        torch.testing.assert_close(value, torch.from_numpy(wanted.data), rtol=1e-4, atol=1e-4)
    products = int(np.diff(matrix.indptr)[matrix.indices].sum())
    print(f"{name}: {matrix.nnz} entries, {products} products, {wanted.nnz} entries of A @ A")
    del wanted, rowptr, col, value
    compare("  SciPy, sorted", timed(lambda: ours(narrow)), timed(scipy_product), arguments.pairs)
    csr = torch.sparse_csr_tensor(*narrow, matrix.shape)
    compare("  torch CSR (MKL)", timed(lambda: ours(narrow)), timed(lambda: csr @ csr), arguments.pairs)
    if torch_sparse := in_process.torch_sparse():
        sparse = torch_sparse.SparseTensor(rowptr=wide[0], col=wide[1], value=wide[2], sparse_sizes=matrix.shape)
        compare("  torch_sparse", timed(lambda: ours(wide)), timed(lambda: torch_sparse.matmul(sparse, sparse)),
                arguments.pairs)


for name, edges, make in CASES:
    if edges <= arguments.edges and arguments.only in name:
        measure(name, graphs.as_csr(*make()))
