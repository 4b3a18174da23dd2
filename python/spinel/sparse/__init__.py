"""Sparse matrices with torch_sparse's names, on PyTorch.

    from spinel.sparse import SparseTensor
    A = SparseTensor(row=row, col=col, value=value, sparse_sizes=(m, n))
    y = A @ x                                          # gradients flow to value and x
    y = A.matmul(x, reduce="max")
    part = A[:100, mask].set_diag()

What depends on the framework is in `framework` and `native`; all else is also that of paddle_spinel.sparse.
"""
from .native import from_torch_sparse, to_torch_sparse
from .surface import *  # noqa: F403
from .surface import __all__ as _common

__all__ = [*_common, "from_torch_sparse", "to_torch_sparse"]
