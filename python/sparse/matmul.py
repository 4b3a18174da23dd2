"""Products of a sparse matrix with a dense or a sparse one."""
from .checks import sizes_text
from .errors import checked_reduce, require
from .framework import Tensor, cast, ops, requires_grad
from .pattern import DISTINCT, Pattern
from .tensor import SparseTensor


def _check_inner(src, size, what):
    require(size == src.sparse_size(1),
            f"matmul: the matrix has {src.sparse_size(1)} columns but the operand has {size} rows ({what}); both must "
            "be the same")


def spmm(src, other, reduce="sum"):
    """The sum, mean, min or max over the stored entries of a_ij · x_j; an empty row gives 0. other: [n], [n, k] or
    [batch, n, k] → [m], [m, k], [batch, m, k]. Values are cast to its type."""
    reduce = checked_reduce(reduce, "matmul")
    require(isinstance(other, Tensor) and other.dim() > 0, "matmul: the operand must be a tensor with a dimension")
    if other.dim() == 1:
        return spmm(src, other.unsqueeze(-1), reduce).squeeze(-1)
    sizes = [int(size) for size in other.shape]
    _check_inner(src, sizes[-2], f"sizes {sizes_text(other)}")
    if len(sizes) > 3:
        product = spmm(src, other.reshape([-1, *sizes[-2:]]), reduce)
        return product.reshape([*sizes[:-2], src.sparse_size(0), sizes[-1]])
    storage, pattern = src.storage, src.storage.pattern
    value = storage.value()
    require(value is None or value.dim() == 1,
            f"matmul: the values of the matrix have {src.dim() - 1} dimensions; 1 is needed")
    # What derivatives need is made once and kept.
    if value is not None and requires_grad(value):
        pattern.get("row")
    if requires_grad(other):
        pattern.get("csr2csc")
    return ops.spmm(pattern.get("rowptr"), pattern.get("col"), None if value is None else cast(value, other.dtype),
                    other, reduce, pattern.peek("row"), *_by_column(pattern))


def _by_column(pattern):
    """colptr and csr2csc where both are there."""
    known = pattern.has("colptr") and pattern.has("csr2csc")
    return (pattern.peek("colptr"), pattern.peek("csr2csc")) if known else (None, None)


def spspmm(src, other, reduce="sum"):
    """The product of two sparse matrices, its columns in order; it has values if one of both has."""
    if checked_reduce(reduce, "matmul") != "sum":
        raise NotImplementedError(f"matmul: products of sparse matrices are sums; '{reduce}' is not implemented")
    _check_inner(src, other.sparse_size(0), "a sparse matrix")
    values = [src.storage.value(), other.storage.value()]
    for value in values:
        require(value is None or value.dim() == 1, "matmul: values of both matrices must have 1 dimension")
    columns = other.sparse_size(1)
    rowptr, col, value = ops.spspmm_csr(src.storage.rowptr(), src.storage.col(), values[0], other.storage.rowptr(),
                                        other.storage.col(), values[1], columns)
    pattern = Pattern((src.sparse_size(0), columns), DISTINCT, rowptr=rowptr, col=col)
    return SparseTensor.of(pattern, value if src.has_value() or other.has_value() else None)


def matmul(src, other, reduce="sum"):
    """spmm() for a tensor, spspmm() for a sparse matrix."""
    if isinstance(other, Tensor):
        return spmm(src, other, reduce)
    if isinstance(other, SparseTensor):
        return spspmm(src, other, reduce)
    raise ValueError(f"matmul: the operand is {type(other).__name__}; a tensor or a SparseTensor is needed")
