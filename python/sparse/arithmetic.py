"""Sums and products of sparse matrices, element by element."""
from .checks import sizes_text
from .errors import require
from .framework import Tensor, cast, concat, index_select, ops, plus, times
from .pattern import DISTINCT, Pattern
from .segments import gather_rows, segment_reduce
from .tensor import SparseTensor


def _spread(src, dense):
    """The element of `dense` that meets each entry: [nnz, …]."""
    rows, cols = src.sparse_sizes()
    if dense.dim() >= 2 and dense.shape[0] == rows and dense.shape[1] == 1:
        return gather_rows(dense.squeeze(1), src.storage.pattern)
    if dense.dim() >= 2 and dense.shape[0] == 1 and dense.shape[1] == cols:
        return index_select(dense.squeeze(0), src.storage.col())
    raise ValueError(f"Size mismatch: Expected size ({rows}, 1, ...) or (1, {cols}, ...), but got size "
                     f"{sizes_text(dense)}.")


def _aligned(a, b):
    """Both with as many dimensions, so that numbers meet the vectors of their entry."""
    while a.dim() < b.dim():
        a = a.unsqueeze(-1)
    while b.dim() < a.dim():
        b = b.unsqueeze(-1)
    return a, b


def _added(value, other):
    if value is None:
        return other + 1
    value, other = _aligned(value, cast(other, value.dtype))
    return plus(value, other)


def _multiplied(value, other):
    if value is None:
        return other
    value, other = _aligned(value, cast(other, value.dtype))
    return times(value, other)


def _larger_sizes(a, b):
    return tuple(map(max, a.sparse_sizes(), b.sparse_sizes()))


def _unknown(what, other):
    return NotImplementedError(f"{what}: the operand is {type(other).__name__}; a tensor or a SparseTensor is needed")


def _add_sparse(src, other):
    left, right = src.storage.sorted(), other.storage.sorted()
    row, col, perm = ops.merge_coo(left.row(), left.col(), right.row(), right.col())
    row, col, ptr = ops.distinct_coo(row, col)
    value = None
    if src.has_value() and other.has_value():
        require(src.sizes()[2:] == other.sizes()[2:],
                f"add: the values of both have the sizes {sizes_text(left.value())} and {sizes_text(right.value())}; "
                "but for the first they must be the same")
        value = segment_reduce(concat([left.value(), right.value()]), ptr, perm, "sum")
    return SparseTensor.of(Pattern(_larger_sizes(src, other), DISTINCT, row=row, col=col), value)


def _mul_sparse(src, other):
    require(src.is_coalesced(), "The `src` tensor is not coalesced")
    require(other.is_coalesced(), "The `other` tensor is not coalesced")
    require(src.has_value() and other.has_value(), "Both sparse tensors must contain values")
    row, col, value = src.coo()
    in_src, in_other = ops.common_coo(row, col, *other.coo()[:2])
    value, others = _aligned(index_select(value, in_src), index_select(other.storage.value(), in_other))
    pattern = Pattern(_larger_sizes(src, other), DISTINCT, row=index_select(row, in_src),
                      col=index_select(col, in_src))
    return SparseTensor.of(pattern, times(value, others))


def add(src, other):
    """With dense (M, 1, …), row by row, or (1, N, …), column by column: the pattern of src; without values an entry
    counts as 1. With a sparse matrix: the union of the entries, equal ones summed; the larger sizes of both; values
    only if both have them."""
    if isinstance(other, Tensor):
        return src.set_value(_added(src.storage.value(), _spread(src, other)), layout="coo")
    if isinstance(other, SparseTensor):
        return _add_sparse(src, other)
    raise _unknown("add", other)


def mul(src, other):
    """With dense as add(); with a sparse matrix: the entries in both, multiplied; both must be coalesced and have
    values."""
    if isinstance(other, Tensor):
        return src.set_value(_multiplied(src.storage.value(), _spread(src, other)), layout="coo")
    if isinstance(other, SparseTensor):
        return _mul_sparse(src, other)
    raise _unknown("mul", other)


def add_(src, other):
    """add() into src."""
    if isinstance(other, Tensor):
        return src.set_value_(_added(src.storage.value(), _spread(src, other)), layout="coo")
    src.storage = add(src, other).storage
    return src


def mul_(src, other):
    """mul() into src."""
    if isinstance(other, Tensor):
        return src.set_value_(_multiplied(src.storage.value(), _spread(src, other)), layout="coo")
    src.storage = mul(src, other).storage
    return src


def _checked_rows(src, other, what):
    """`other` of add_nnz and mul_nnz: one row an entry, or one for all."""
    one_each = other.dim() > 0 and other.shape[0] == src.nnz()
    require(one_each or (src.has_value() and (other.dim() == 0 or other.shape[0] == 1)),
            f"{what}: the operand has the sizes {sizes_text(other)}; there are {src.nnz()} entries, each with one row "
            "of it")
    return other


def add_nnz(src, other, layout=None):
    """Per entry, in the order of `layout`; without values an entry is 1."""
    return src.set_value(_added(src.storage.value(), _checked_rows(src, other, "add_nnz")), layout=layout)


def add_nnz_(src, other, layout=None):
    return src.set_value_(_added(src.storage.value(), _checked_rows(src, other, "add_nnz")), layout=layout)


def mul_nnz(src, other, layout=None):
    """Per entry, in the order of `layout`; without values an entry is 1."""
    return src.set_value(_multiplied(src.storage.value(), _checked_rows(src, other, "mul_nnz")), layout=layout)


def mul_nnz_(src, other, layout=None):
    return src.set_value_(_multiplied(src.storage.value(), _checked_rows(src, other, "mul_nnz")), layout=layout)
