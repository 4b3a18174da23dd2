"""Sparse matrices as dense ones and as SciPy's."""
from .errors import require
from .framework import from_numpy, index_select, nonzero_entries, ops, place_entries, to_numpy
from .pattern import DISTINCT, Pattern
from .storage import get_layout
from .tensor import SparseTensor, values_or_ones


def from_dense(cls, mat, has_value=True):
    """mat [M, N, …]: entries where Σ|·| over further dimensions is not 0."""
    require(mat.dim() >= 2, f"from_dense: the tensor has {mat.dim()} dimensions; at least 2 are needed")
    kept = mat.detach() != 0
    rows, cols = int(mat.shape[0]), int(mat.shape[1])
    while kept.dim() > 2:
        kept = kept.any(-1)
    row, col = nonzero_entries(kept)
    value = None
    if has_value:
        flat = mat.reshape([rows * cols, *(int(size) for size in mat.shape[2:])])
        value = index_select(flat, row * cols + col)
    return cls.of(Pattern((rows, cols), DISTINCT, row=row, col=col), value)


def to_dense(src, dtype=None):
    """[M, N, …]; of entries that are there twice the last one counts. dtype: that of a matrix without values."""
    in_order = SparseTensor.from_storage(src.storage.sorted())
    value = values_or_ones(in_order, dtype)
    row, col, _ = in_order.coo()
    if not in_order.is_coalesced():
        row, col, ptr = ops.distinct_coo(row, col)
        value = index_select(value, ptr[1:] - 1)
    return place_entries(src.sparse_sizes(), (row, col), value)


def _scipy():
    import scipy.sparse  # Needed by these two functions alone.

    return scipy.sparse


def from_scipy(cls, mat, has_value=True):
    """A matrix of scipy.sparse, of any format; entries that are there twice are summed, as SciPy means them."""
    require(_scipy().issparse(mat), f"from_scipy: the matrix is {type(mat).__name__}; one of scipy.sparse is needed")
    if mat.format != "csr" or not mat.has_canonical_format:
        mat = mat.tocsr(copy=True)
        mat.sum_duplicates()
    return cls(rowptr=from_numpy(mat.indptr.astype("int64")), col=from_numpy(mat.indices.astype("int64")),
               value=from_numpy(mat.data) if has_value else None,
               sparse_sizes=tuple(int(size) for size in mat.shape), is_sorted=True)


def to_scipy(src, layout=None, dtype=None):
    """coo_matrix, csr_matrix or csc_matrix by the layout. dtype: that of a matrix without values."""
    require(src.dim() == 2, f"to_scipy: the matrix has {src.dim()} dimensions; SciPy's have 2")
    layout = get_layout(layout)
    first, second, value = getattr(src, layout)()
    value = to_numpy(values_or_ones(src, dtype) if value is None else value)
    first, second = to_numpy(first), to_numpy(second)
    if layout == "coo":
        return _scipy().coo_matrix((value, (first, second)), shape=src.sparse_sizes())
    make = _scipy().csr_matrix if layout == "csr" else _scipy().csc_matrix
    return make((value, second, first), shape=src.sparse_sizes())
