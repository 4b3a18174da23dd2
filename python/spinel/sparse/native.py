"""Sparse matrices as PyTorch's sparse tensors."""
import torch

from .errors import require
from .methods import add_methods
from .pattern import DISTINCT, Pattern
from .tensor import values_or_ones


def _check_layout(mat, layout, what):
    require(isinstance(mat, torch.Tensor) and mat.layout == layout and mat.dim() - mat.dense_dim() == 2,
            f"{what}: the tensor is no matrix of {layout}; one with two sparse dimensions is needed")


def from_torch_sparse_coo_tensor(cls, mat, has_value=True):
    """Entries that are there twice are summed."""
    _check_layout(mat, torch.sparse_coo, "from_torch_sparse_coo_tensor")
    mat = mat.coalesce()
    row, col = mat.indices().contiguous()
    return cls.of(Pattern(mat.shape[:2], DISTINCT, row=row, col=col), mat.values().contiguous() if has_value else None)


def from_torch_sparse_csr_tensor(cls, mat, has_value=True):
    _check_layout(mat, torch.sparse_csr, "from_torch_sparse_csr_tensor")
    return cls(rowptr=mat.crow_indices().long(), col=mat.col_indices().long(),
               value=mat.values() if has_value else None, sparse_sizes=tuple(mat.shape[:2]))


def from_torch_sparse_csc_tensor(cls, mat, has_value=True):
    _check_layout(mat, torch.sparse_csc, "from_torch_sparse_csc_tensor")
    return cls(rowptr=mat.ccol_indices().long(), col=mat.row_indices().long(),
               value=mat.values() if has_value else None, sparse_sizes=(mat.shape[1], mat.shape[0])).t()


def to_torch_sparse_coo_tensor(src, dtype=None):
    """dtype: that of a matrix without values."""
    row, col, _ = src.coo()
    # The entries are in order already.
    return torch.sparse_coo_tensor(torch.stack([row, col]), values_or_ones(src, dtype), src.sizes(),
                                   is_coalesced=src.is_coalesced())


def to_torch_sparse_csr_tensor(src, dtype=None):
    rowptr, col, _ = src.csr()
    return torch.sparse_csr_tensor(rowptr, col, values_or_ones(src, dtype), src.sizes())


def to_torch_sparse_csc_tensor(src, dtype=None):
    colptr, row, value = src.csc()
    return torch.sparse_csc_tensor(colptr, row, values_or_ones(src, dtype) if value is None else value, src.sizes())


def to_torch_sparse(index, value, m, n):
    return torch.sparse_coo_tensor(index.detach(), value, (m, n))


def from_torch_sparse(A):
    """(index, value) of a coalesced sparse tensor."""
    return A.indices().detach(), A.values()


add_methods([to_torch_sparse_coo_tensor, to_torch_sparse_csr_tensor, to_torch_sparse_csc_tensor],
            [from_torch_sparse_coo_tensor, from_torch_sparse_csr_tensor, from_torch_sparse_csc_tensor])
