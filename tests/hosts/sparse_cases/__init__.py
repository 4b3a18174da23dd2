"""Cases of the sparse matrices, run on PyTorch (../torch/sparse_test.py) and PaddlePaddle (../paddle/test_sparse.py).

Each case is a test of unittest whose class has `f`, the framework:
  f.sparse, f.ops                     the package, its operators
  f.tensor(array, dtype=None, grad=False), f.numpy(tensor)
  f.dtype(name), f.seed(number)
  f.grad(scalar, tensors, create_graph=False) → list
"""
from .base import Base
from .derivatives import DerivativeCases
from .golden import GoldenCases
from .graph import GraphCases
from .matrix import MatrixCases
from .names import NameCases
from .parts import PartCases
from .products import ProductCases
from .reference import ReferenceCases
from .storage import StorageCases

__all__ = ["AllCases", "Base"]


class AllCases(StorageCases, MatrixCases, PartCases, ProductCases, GraphCases, GoldenCases, ReferenceCases, NameCases,
               DerivativeCases):
    pass
