"""Operators of Spinel on PyTorch, and its sparse matrices.

    import spinel
    y = spinel.ops.max_pool2d(x, [3], [2], [1], [2])   # torch.ops.spinel
    A = spinel.sparse.SparseTensor(row=row, col=col, value=value)
    spinel.serve_torch_sparse()                        # `import torch_sparse` gives spinel.sparse from here on
"""
from spinel import fake, sparse  # noqa: F401
from spinel.operators import ops
from spinel.torch_sparse import serve_torch_sparse

__all__ = ["ops", "serve_torch_sparse", "sparse"]
