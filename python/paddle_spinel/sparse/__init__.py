"""Sparse matrices with PaddleSparse's names, on PaddlePaddle, and what it lacks of torch_sparse's.

    from paddle_spinel.sparse import SparseTensor, spmm
    A = SparseTensor.from_paddle_sparse_coo_tensor(paddle.sparse.sparse_coo_tensor(index, value, (m, n)))
    y = A @ x
    y = spmm(index, value, m, n, x)

The rest is as in spinel.sparse; what depends on the framework is in `framework` and `native`.
"""
from .native import from_paddle_sparse, to_paddle_sparse
from .surface import *  # noqa: F403
from .surface import __all__ as _common

__all__ = [*_common, "from_paddle_sparse", "to_paddle_sparse"]
