"""Parts of a sparse matrix: narrow, select, index_select, masked_select, permute, and A[…]."""
import operator

from .checks import sizes_text
from .errors import require, wrapped_dim
from .framework import Tensor, bool_, index_select as take, int64, nonzero, ops, to_index
from .pattern import DISTINCT, Pattern
from .storage import get_layout
from .tensor import SparseTensor


def part_order(src):
    """Some entries of distinct ones in order are so too; others may have become so."""
    return DISTINCT if src.storage.pattern.known_order == DISTINCT else None


def taken(value, index):
    return None if value is None else take(value, index)


def _range(src, dim, start, length, what):
    """(first, length) of a range that lies in the dimension; a negative start counts from the end."""
    size = src.size(dim)
    first = start + size if start < 0 else start
    if not (0 <= first <= size and 0 <= length <= size - first):
        raise IndexError(f"{what}: start {start} with length {length} does not fit dimension {dim} of size {size}; "
                         "take a part of it")
    return first, length


def _cut(tensor, first, length):
    return None if tensor is None else tensor[first:first + length].contiguous()


def _cut_pointers(ptr, first, length):
    """Pointers of a part, counted from 0 again."""
    return None if ptr is None else ptr[first:first + length + 1] - ptr[first]


def _narrow_rows(src, first, length):
    pattern = src.storage.pattern
    rowptr = pattern.get("rowptr")
    begin = int(rowptr[first])
    entries = int(rowptr[first + length]) - begin
    row = _cut(pattern.peek("row"), begin, entries)
    part = Pattern((length, src.sparse_size(1)), part_order(src),
                   row=None if row is None else row - first,
                   rowptr=_cut_pointers(rowptr, first, length),
                   col=_cut(pattern.get("col"), begin, entries),
                   rowcount=_cut(pattern.peek("rowcount"), first, length))
    return SparseTensor.of(part, _cut(src.storage.value(), begin, entries))


def _narrow_columns(src, first, length):
    pattern = src.storage.pattern
    rowptr, col, perm = ops.narrow_columns(pattern.get("rowptr"), pattern.get("col"), first, length)
    part = Pattern((src.sparse_size(0), length), part_order(src), rowptr=rowptr, col=col,
                   colptr=_cut_pointers(pattern.peek("colptr"), first, length),
                   colcount=_cut(pattern.peek("colcount"), first, length))
    return SparseTensor.of(part, taken(src.storage.value(), perm))


def narrow(src, dim, start, length):
    """[start, start + length) of a dimension; from dimension 2 on of the values."""
    dim = wrapped_dim(dim, src.dim(), "narrow")
    first, length = _range(src, dim, start, length, "narrow")
    if length == src.size(dim):
        return src.copy()
    if dim == 0:
        return _narrow_rows(src, first, length)
    if dim == 1:
        return _narrow_columns(src, first, length)
    place = (slice(None),) * (dim - 1) + (slice(first, first + length),)
    return src.set_value(src.storage.value()[place], layout="coo")


def select(src, dim, idx):
    """narrow() to one, which keeps the dimension."""
    return narrow(src, dim, idx, 1)


def _selected(pattern, dim, idx):
    rowptr, col = pattern.get("rowptr"), pattern.get("col")
    return ops.select_rows(rowptr, col, idx) if dim == 0 else ops.select_columns(rowptr, col, pattern.sizes[1], idx)


def _check_bounds(idx, size, what, cause=None):
    if idx.shape[0] > 0 and not (int(idx.min()) >= 0 and int(idx.max()) < size):
        raise IndexError(f"{what}: the index goes from {int(idx.min())} to {int(idx.max())}; it must lie in "
                         f"[0, {size})") from cause


def index_select(src, dim, idx):
    """idx [k] int64, in any order and as often as wanted."""
    dim = wrapped_dim(dim, src.dim(), "index_select")
    _check_index(idx, "index_select")
    pattern = src.storage.pattern
    if dim > 1:
        _check_bounds(idx, src.size(dim), "index_select")
        return src.set_value(take(src.storage.value(), idx, dim - 1), layout="coo")
    size = int(idx.shape[0])
    sizes = (size, src.sparse_size(1)) if dim == 0 else (src.sparse_size(0), size)
    try:
        rowptr, col, perm = _selected(pattern, dim, idx)
    except ValueError as error:
        # Only now is it looked at, which spares good calls a pass.
        _check_bounds(idx, src.size(dim), "index_select", error)
        raise
    return SparseTensor.of(Pattern(sizes, part_order(src), rowptr=rowptr, col=col), taken(src.storage.value(), perm))


def masked_select(src, dim, mask):
    """mask [size(dim)] boolean."""
    dim = wrapped_dim(dim, src.dim(), "masked_select")
    _check_mask(mask, src.size(dim), "masked_select")
    return index_select(src, dim, nonzero(mask))


def _check_index(idx, what):
    require(isinstance(idx, Tensor) and idx.dtype == int64 and idx.dim() == 1,
            f"{what}: the index must be an int64 tensor with one dimension, but is {_kind(idx)}; give one of that form")


def _check_mask(mask, size, what):
    require(isinstance(mask, Tensor) and mask.dtype == bool_ and mask.dim() == 1 and mask.shape[0] == size,
            f"{what}: the mask must be a boolean tensor with {size} elements, but is {_kind(mask)}; give one of that "
            "form")


def _kind(argument):
    if not isinstance(argument, Tensor):
        return type(argument).__name__
    return f"{argument.dtype} with the sizes {sizes_text(argument)}"


def index_select_nnz(src, idx, layout=None):
    """Entries by their numbers; sizes stay. Layout "csc": entry csc2csr[i] for i in idx, as torch_sparse takes it."""
    _check_index(idx, "index_select_nnz")
    _check_bounds(idx, src.nnz(), "index_select_nnz")
    if get_layout(layout) == "csc":
        idx = take(src.storage.csc2csr(), idx)
    row, col, value = src.coo()
    # In any order: sorted again where it is not that of the matrix.
    return SparseTensor(row=take(row, idx), col=take(col, idx), value=taken(value, idx),
                        sparse_sizes=src.sparse_sizes())


def masked_select_nnz(src, mask, layout=None):
    """Entries by a mask [nnz] in the order of `layout`."""
    _check_mask(mask, src.nnz(), "masked_select_nnz")
    idx = nonzero(take(mask, src.storage.csc2csr()) if get_layout(layout) == "csc" else mask)
    row, col, value = src.coo()
    return SparseTensor.of(Pattern(src.sparse_sizes(), part_order(src), row=take(row, idx), col=take(col, idx)),
                           taken(value, idx))


def permute(src, perm):
    """Rows and columns of a square matrix in another order."""
    require(src.is_quadratic(), f"permute: the matrix has {src.sparse_size(0)} rows and {src.sparse_size(1)} columns; "
            "a square one is needed")
    return src.index_select(0, perm).index_select(1, perm)


def __narrow_diag__(src, start, length):
    """The block of `length` rows and columns at `start` of a matrix of blocks on its diagonal: undoes cat((0, 1))."""
    rows, cols = (_range(src, dim, start[dim], length[dim], "narrow_diag") for dim in (0, 1))
    pattern = src.storage.pattern
    rowptr = pattern.get("rowptr")
    begin = int(rowptr[rows[0]])
    entries = int(rowptr[rows[0] + rows[1]]) - begin

    def shifted(name, by):
        tensor = _cut(pattern.peek(name), begin, entries)
        return None if tensor is None else tensor - by

    col = shifted("col", cols[0])
    require(entries == 0 or (int(col.min()) >= 0 and int(col.max()) < cols[1]),
            f"narrow_diag: rows {rows[0]} to {sum(rows)} have entries outside columns {cols[0]} to {sum(cols)}; the "
            "matrix must be made of blocks along its diagonal")
    colptr = pattern.peek("colptr")
    part = Pattern((rows[1], cols[1]), part_order(src), row=shifted("row", rows[0]), col=col,
                   rowptr=_cut_pointers(rowptr, *rows), rowcount=_cut(pattern.peek("rowcount"), *rows),
                   colptr=_cut_pointers(colptr, *cols), colcount=_cut(pattern.peek("colcount"), *cols),
                   csr2csc=shifted("csr2csc", begin), csc2csr=shifted("csc2csr", begin))
    return SparseTensor.of(part, _cut(src.storage.value(), begin, entries))


def getitem(src, index):
    """A[…]: one integer (keeps the dimension, of length 1), slice, int64 or boolean tensor, array or list a dimension;
    one Ellipsis for all dimensions that no other stands for."""
    items = list(index) if isinstance(index, tuple) else [index]
    dots = sum(item is Ellipsis for item in items)
    if dots > 1:
        raise SyntaxError(f"SparseTensor: the index has {dots} ellipses; at most one is possible")
    if len(items) - dots > src.dim():
        raise IndexError(f"SparseTensor: there are {len(items) - dots} indices; the matrix has {src.dim()} dimensions")
    out, dim = src, 0
    for item in items:
        if item is Ellipsis:
            dim += src.dim() - (len(items) - 1)
            continue
        out = _take(out, dim, item)
        dim += 1
    return out


def _is_array(item):
    """Of NumPy, which need not be there; its numbers have no dimension."""
    return not isinstance(item, Tensor) and hasattr(item, "__array__") and getattr(item, "ndim", 0) > 0


def _take(src, dim, item):
    if isinstance(item, slice):
        if item.step is not None:
            raise ValueError("Step parameter not yet supported.")
        start, stop, _ = item.indices(src.size(dim))
        return narrow(src, dim, start, max(stop - start, 0))
    if isinstance(item, (list, tuple)) or _is_array(item):
        item = to_index(item, src.storage.col())
    if isinstance(item, Tensor) and item.dim() > 0:
        return masked_select(src, dim, item) if item.dtype == bool_ else index_select(src, dim, item)
    try:
        return select(src, dim, operator.index(item))
    except TypeError:
        raise SyntaxError(f"SparseTensor: an index is {_kind(item)}; integers, slices, int64 and boolean tensors, "
                          "lists and Ellipsis are possible") from None
