"""Functions on matrices that are given as index [2, nnz] (rows over columns), value [nnz, …] and sizes."""
from .arithmetic import add
from .convert import to_scipy as _to_scipy
from .framework import arange, cast, default_dtype, full, is_floating_point, stack
from .matmul import matmul
from .storage import SparseStorage
from .tensor import SparseTensor


def _matrix(index, value, rows, cols):
    return SparseTensor.from_edge_index(index, value, (rows, cols))


def _pair(storage):
    return stack([storage.row(), storage.col()]), storage.value()


def coalesce(index, value, m, n, op="add"):
    """(index, value) in order, equal entries made one by `op`: "add", "sum", "mean", "min" or "max"."""
    return _pair(_matrix(index, value, m, n).storage.coalesce(op))


def transpose(index, value, m, n, coalesced=True):
    """(index, value) with rows and columns exchanged; coalesced: in order, equal entries summed."""
    if not coalesced:
        return stack([index[1], index[0]]), value
    return _pair(SparseStorage(row=index[1], col=index[0], value=value, sparse_sizes=(n, m)).coalesce("add"))


def eye(m, dtype=None, device=None):
    """(index, value) of the m × m matrix with ones on its diagonal."""
    row = arange(0, m, device)
    return stack([row, row]), full([m], 1, dtype or default_dtype(), device)


def spadd(indexA, valueA, indexB, valueB, m, n):
    """(index, value) of the sum of two m × n matrices."""
    return _pair(add(_matrix(indexA, valueA, m, n), _matrix(indexB, valueB, m, n)).storage)


def spmm(index, value, m, n, matrix):
    """The m × n matrix, entries in any order and equal ones added, times `matrix` [n], [n, k] or [batch, n, k]: [m, 1],
    [m, k] or [batch, m, k]."""
    matrix = matrix.unsqueeze(-1) if matrix.dim() == 1 else matrix
    if value is not None and is_floating_point(value.dtype) and not is_floating_point(matrix.dtype):
        matrix = cast(matrix, value.dtype)
    return matmul(_matrix(index, value, m, n), matrix)


def spspmm(indexA, valueA, indexB, valueB, m, k, n, coalesced=False):
    """(index, value) of the product of an m × k and a k × n matrix, in order. Entries may be in any order: `coalesced`,
    which torch_sparse needs for that, changes nothing."""
    return _pair(matmul(_matrix(indexA, valueA, m, k), _matrix(indexB, valueB, k, n)).storage)


def to_scipy(index, value, m, n):
    """scipy.sparse.coo_matrix, entries in order."""
    return _to_scipy(_matrix(index, value, m, n), layout="coo")


def from_scipy(A):
    """(index, value) of a matrix of scipy.sparse."""
    return _pair(SparseTensor.from_scipy(A).storage)
