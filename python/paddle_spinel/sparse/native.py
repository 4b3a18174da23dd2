"""Sparse matrices as PaddlePaddle's sparse tensors."""
import paddle

from .errors import require
from .methods import add_methods
from .pattern import DISTINCT, Pattern
from .tensor import values_or_ones


def _check_layout(is_layout, name, what):
    require(is_layout, f"{what}: the tensor is no sparse matrix in {name} layout; one is needed")


def from_paddle_sparse_coo_tensor(cls, mat, has_value=True):
    """Entries that are there twice are summed."""
    _check_layout(mat.is_sparse_coo() and mat.indices().shape[0] == 2, "COO", "from_paddle_sparse_coo_tensor")
    mat = mat.coalesce()
    index = mat.indices().astype("int64")
    pattern = Pattern([int(size) for size in mat.shape[:2]], DISTINCT, row=index[0].contiguous(),
                      col=index[1].contiguous())
    return cls.of(pattern, mat.values() if has_value else None)


def from_paddle_sparse_csr_tensor(cls, mat, has_value=True):
    _check_layout(mat.is_sparse_csr() and len(mat.shape) == 2, "CSR", "from_paddle_sparse_csr_tensor")
    return cls(rowptr=mat.crows().astype("int64"), col=mat.cols().astype("int64"),
               value=mat.values() if has_value else None, sparse_sizes=[int(size) for size in mat.shape])


def to_paddle_sparse_coo_tensor(src, dtype=None):
    """dtype: that of a matrix without values."""
    row, col, _ = src.coo()
    value = values_or_ones(src, dtype)
    return paddle.sparse.sparse_coo_tensor(paddle.stack([row, col]), value, src.sizes(),
                                           stop_gradient=value.stop_gradient)


def to_paddle_sparse_csr_tensor(src, dtype=None):
    rowptr, col, _ = src.csr()
    value = values_or_ones(src, dtype)
    return paddle.sparse.sparse_csr_tensor(rowptr, col, value, src.sizes(), stop_gradient=value.stop_gradient)


def to_paddle_sparse_csc_tensor(src, dtype=None):
    raise NotImplementedError("to_paddle_sparse_csc_tensor: PaddlePaddle has no sparse tensors in CSC layout; csc() "
                              "gives the three tensors")


def to_paddle_sparse(index, value, m, n):
    return paddle.sparse.sparse_coo_tensor(index.detach(), value, (m, n), stop_gradient=value.stop_gradient)


def from_paddle_sparse(A):
    """(index, value) of a coalesced sparse tensor."""
    return A.indices().detach(), A.values()


add_methods([to_paddle_sparse_coo_tensor, to_paddle_sparse_csr_tensor, to_paddle_sparse_csc_tensor],
            [from_paddle_sparse_coo_tensor, from_paddle_sparse_csr_tensor])
