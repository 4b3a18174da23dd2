"""The diagonals of a sparse matrix: remove_diag, set_diag, fill_diag, get_diag; and matrices with ones there."""
from .checks import sizes_text
from .errors import require
from .framework import (arange, cast, concat, default_dtype, full, index_add, index_select, int64, nonzero, ops,
                        place_entries)
from .pattern import DISTINCT, Pattern
from .select import part_order, taken
from .tensor import SparseTensor, values_or_ones


def _length(src, k):
    """Entries that the k-th diagonal has room for."""
    rows, cols = src.sparse_sizes()
    return max(min(rows, cols - k) if k >= 0 else min(rows + k, cols), 0)


def _counts(pattern, row, col, by):
    """rowcount and colcount, where they are there, with `by` more for each of some entries."""
    changed = {}
    for name, index in (("rowcount", row), ("colcount", col)):
        if pattern.has(name):
            changed[name] = index_add(pattern.peek(name), index, by)
    return changed


def remove_diag(src, k=0):
    """Without the entries (i, i + k)."""
    # A diagonal beyond the corners has no entry; and the sum below stays a number.
    if _length(src, k) == 0:
        return src.copy()
    row, col, value = src.coo()
    on = col == row + k
    kept, gone = nonzero(~on), nonzero(on)
    counts = _counts(src.storage.pattern, index_select(row, gone), index_select(col, gone), -1)
    pattern = Pattern(src.sparse_sizes(), part_order(src), row=index_select(row, kept), col=index_select(col, kept),
                      **counts)
    return SparseTensor.of(pattern, taken(value, kept))


def set_diag(src, values=None, k=0):
    """Every entry (i, i + k), with `values` [diagonal, …] or 1; a matrix without values stays without."""
    others = remove_diag(src, k).storage.sorted()
    length = _length(src, k)
    row = arange(max(-k, 0) if length else 0, length, others.col())
    col = arange(max(k, 0) if length else 0, length, others.col())
    value = others.value()
    if value is not None:
        value = concat([value, _diagonal_values(values, value, length)])
    merged_row, merged_col, perm = ops.merge_coo(others.row(), others.col(), row, col)
    pattern = Pattern(src.sparse_sizes(), others.pattern.order(), row=merged_row, col=merged_col,
                      **_counts(others.pattern, row, col, 1))
    return SparseTensor.of(pattern, taken(value, perm))


def _diagonal_values(values, like, length):
    """`values`, one number, or None, which is 1, as values [length, …] of the sizes and type of `like`."""
    sizes = [length, *(int(size) for size in like.shape[1:])]
    if values is None:
        return full(sizes, 1, like.dtype, like)
    values = cast(values, like.dtype)
    require(values.dim() == 0 or values.shape[0] in (1, length),
            f"set_diag: the values have the sizes {sizes_text(values)}; the diagonal has {length} entries")
    while 0 < values.dim() < len(sizes):
        values = values.unsqueeze(-1)
    return values.expand(sizes)


def fill_diag(src, fill_value, k=0):
    """set_diag() with one number."""
    value = src.storage.value()
    return set_diag(src, None if value is None else full([], fill_value, value.dtype, value), k)


def get_diag(src):
    """[min(M, N), …]: 0 where there is no entry, 1 where it has no value."""
    row, col, _ = src.coo()
    index = nonzero(row == col)
    value = index_select(values_or_ones(src), index)
    return place_entries([min(src.sparse_sizes())], (index_select(row, index),), value)


def eye(cls, M, N=None, has_value=True, dtype=None, device=None, fill_cache=False):
    """Ones at (i, i), i < min(M, N)."""
    N = M if N is None else N
    require(M >= 0 and N >= 0, f"eye: the sizes are {M} and {N}; they must not be negative")
    entries = min(M, N)
    row = arange(0, entries, device)
    tensors = {"row": row, "col": row, "rowptr": arange(0, M + 1, device).clip(max=entries)}
    if fill_cache:
        tensors["rowcount"] = cast(arange(0, M, device) < entries, int64)
        tensors["colcount"] = cast(arange(0, N, device) < entries, int64)
        tensors["colptr"] = arange(0, N + 1, device).clip(max=entries)
        tensors["csr2csc"] = tensors["csc2csr"] = row
    value = full([entries], 1, dtype or default_dtype(), device) if has_value else None
    return cls.of(Pattern((M, N), DISTINCT, **tensors), value)
