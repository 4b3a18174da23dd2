"""Operators of Spinel on PyTorch, and its sparse matrices.

    import spinel
    y = spinel.ops.max_pool2d(x, [3], [2], [1], [2])   # torch.ops.spinel
    A = spinel.sparse.SparseTensor(row=row, col=col, value=value)
"""
import os

import torch


def _load_library():
    library = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libspinel_torch.so")
    if not os.path.exists(library):
        raise ImportError("spinel: its library libspinel_torch.so is not built; build the target spinel_torch and put "
                          "build/release/python on PYTHONPATH")
    torch.ops.load_library(library)


_load_library()
ops = torch.ops.spinel

from spinel import sparse  # noqa: E402

__all__ = ["ops", "sparse"]
