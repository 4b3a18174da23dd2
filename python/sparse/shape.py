"""The transposed of a sparse matrix, and its sum with it."""
from .errors import checked_reduce
from .framework import concat, index_select, ops
from .pattern import DISTINCT, ENTRIES, Pattern
from .segments import segment_reduce
from .tensor import SparseTensor

# What is derived of rows is that of columns in the transposed.
_MIRRORED = {"rowcount": "colcount", "colptr": "rowptr", "colcount": "rowcount"}


def t(src):
    """The transposed."""
    pattern, value = src.storage.pattern, src.storage.value()
    perm = pattern.get("csr2csc")
    order = pattern.order()
    mirrored = Pattern(src.sparse_sizes()[::-1], order if order >= ENTRIES else None,
                       row=index_select(pattern.get("col"), perm), col=index_select(pattern.get("row"), perm),
                       rowptr=pattern.peek("colptr"), csr2csc=pattern.peek("csc2csr"), csc2csr=perm,
                       **{name: pattern.peek(other) for name, other in _MIRRORED.items()})
    return SparseTensor.of(mirrored, None if value is None else index_select(value, perm))


def to_symmetric(src, reduce="sum"):
    """Entries and mirrored entries, equal ones reduced, so that the diagonal counts twice; max(M, N) rows and
    columns."""
    reduce = checked_reduce(reduce, "to_symmetric")
    in_order = SparseTensor.from_storage(src.storage.sorted())
    mirrored = t(in_order)
    row, col, perm = ops.merge_coo(*in_order.coo()[:2], *mirrored.coo()[:2])
    row, col, ptr = ops.distinct_coo(row, col)
    value = None
    if src.has_value():
        value = segment_reduce(concat([in_order.storage.value(), mirrored.storage.value()]), ptr, perm, reduce)
    size = max(src.sparse_sizes())
    return SparseTensor.of(Pattern((size, size), DISTINCT, row=row, col=col), value)
