"""Reductions over the stored entries of a sparse matrix."""
from .errors import checked_reduce, require, wrapped_dim
from .framework import cast, full, numel, reduce_all, reduce_dim
from .segments import segment_reduce


def reduction(src, dim=None, reduce="sum"):
    """Of all entries (dim None), of columns (0), of rows (1), or of values (2 and on): [], [N, …], [M, …], [nnz, …].
    Of none 0. Without values sums are counts, others 1."""
    reduce = checked_reduce(reduce, "reduction")
    storage, value = src.storage, src.storage.value()
    if dim is None:
        if value is None:
            return full([], src.nnz() if reduce == "sum" else 1, src.dtype(), storage.col())
        require(reduce == "sum" or numel(value) > 0,
                "SparseTensor: there is no entry to reduce; only sums have 0 then")
        return reduce_all(value, reduce)
    dim = wrapped_dim(dim, src.dim(), "SparseTensor")
    if dim > 1:
        return reduce_dim(value, reduce, dim - 1)
    if value is None:
        if reduce == "sum":
            return cast(storage.colcount() if dim == 0 else storage.rowcount(), src.dtype())
        return full([src.sparse_size(1 - dim)], 1, src.dtype(), storage.col())
    if dim == 0:
        return segment_reduce(value, storage.colptr(), storage.csr2csc(), reduce)
    return segment_reduce(value, storage.rowptr(), None, reduce)


def sum(src, dim=None):
    return reduction(src, dim, "sum")


def mean(src, dim=None):
    return reduction(src, dim, "mean")


def min(src, dim=None):
    return reduction(src, dim, "min")


def max(src, dim=None):
    return reduction(src, dim, "max")
