"""SparseTensor: a sparse matrix whose values carry gradients."""
from textwrap import indent

from .checks import sizes_text
from .errors import require, wrapped_dim
from .framework import (DTYPES, default_dtype, device, equal, float32, full, index_select, is_cuda, is_floating_point,
                        leaf, numel, parse_to, requires_grad)
from .storage import SparseStorage


class SparseTensor:
    """A sparse matrix [M, N] whose entries may be numbers or tensors: value [nnz, …], sizes [M, N, …]; without values
    each entry counts as 1. Gradients flow through values.

    row or rowptr, and col, are int64. Unless is_sorted, entries are brought into order of rows and columns; duplicates
    stay until coalesce(). trust_data leaves out every check that costs a pass over the entries. Functions whose names
    end in '_' change the matrix, all others give a new one that shares what is the same.
    """

    def __init__(self, row=None, rowptr=None, col=None, value=None, sparse_sizes=None, is_sorted=False,
                 trust_data=False):
        self.storage = SparseStorage(row=row, rowptr=rowptr, col=col, value=value, sparse_sizes=sparse_sizes,
                                     is_sorted=is_sorted, trust_data=trust_data)

    @classmethod
    def from_storage(cls, storage):
        matrix = cls.__new__(cls)
        matrix.storage = storage
        return matrix

    @classmethod
    def of(cls, pattern, value):
        """A pattern with values for its entries, unchecked."""
        return cls.from_storage(SparseStorage.of(pattern, value))

    @classmethod
    def from_edge_index(cls, edge_index, edge_attr=None, sparse_sizes=None, is_sorted=False, trust_data=False):
        """edge_index [2, nnz]: rows over columns."""
        require(edge_index.dim() == 2 and edge_index.shape[0] == 2,
                f"from_edge_index: edge_index has the sizes {sizes_text(edge_index)}; [2, edges] are needed")
        return cls(row=edge_index[0], col=edge_index[1], value=edge_attr, sparse_sizes=sparse_sizes,
                   is_sorted=is_sorted, trust_data=trust_data)

    # Reading.

    def coo(self):
        return self.storage.row(), self.storage.col(), self.storage.value()

    def csr(self):
        return self.storage.rowptr(), self.storage.col(), self.storage.value()

    def csc(self):
        """colptr, and rows and values in the order of columns."""
        perm, value = self.storage.csr2csc(), self.storage.value()
        return (self.storage.colptr(), index_select(self.storage.row(), perm),
                None if value is None else index_select(value, perm))

    def has_value(self):
        return self.storage.has_value()

    def sparse_sizes(self):
        return self.storage.sparse_sizes()

    def sparse_size(self, dim):
        return self.storage.sparse_size(dim)

    def sizes(self):
        value = self.storage.value()
        return [*self.sparse_sizes(), *([] if value is None else (int(size) for size in value.shape[1:]))]

    def size(self, dim):
        return self.sizes()[wrapped_dim(dim, self.dim(), "SparseTensor")]

    def dim(self):
        """2 and the dimensions of a value."""
        return self.storage.value().dim() + 1 if self.has_value() else 2

    def nnz(self):
        return self.storage.nnz()

    def numel(self):
        """nnz times the numbers of a value."""
        return numel(self.storage.value()) if self.has_value() else self.nnz()

    def density(self):
        places = self.sparse_size(0) * self.sparse_size(1)
        return self.nnz() / places if places > 0 else 0.0

    def sparsity(self):
        return 1 - self.density()

    def avg_row_length(self):
        return self.nnz() / self.sparse_size(0) if self.sparse_size(0) > 0 else 0.0

    def avg_col_length(self):
        return self.nnz() / self.sparse_size(1) if self.sparse_size(1) > 0 else 0.0

    def _offsets(self):
        return (self.storage.row() - self.storage.col()).abs()

    def bandwidth(self):
        """The largest |row − column|; of no entries 0."""
        return int(self._offsets().max()) if self.nnz() > 0 else 0

    def avg_bandwidth(self):
        return int(self._offsets().sum()) / self.nnz() if self.nnz() > 0 else 0.0

    def bandwidth_proportion(self, bandwidth):
        """The share of entries with |row − column| of at most `bandwidth`."""
        return int((self._offsets() <= bandwidth).sum()) / self.nnz() if self.nnz() > 0 else 0.0

    def is_quadratic(self):
        return self.sparse_size(0) == self.sparse_size(1)

    def is_symmetric(self):
        """Whether it equals its transposed, in pattern and values."""
        if not self.is_quadratic():
            return False
        in_order = self.from_storage(self.storage.sorted())
        (rowptr, col, value), (colptr, row, transposed) = in_order.csr(), in_order.csc()
        return equal(rowptr, colptr) and equal(col, row) and (value is None or equal(value, transposed))

    def is_coalesced(self):
        return self.storage.is_coalesced()

    def dtype(self):
        """float32 without values."""
        return self.storage.value().dtype if self.has_value() else float32

    def is_floating_point(self):
        return is_floating_point(self.dtype())

    def requires_grad(self):
        return self.has_value() and requires_grad(self.storage.value())

    def device(self):
        return self.storage.device()

    def is_cuda(self):
        return is_cuda(self.storage.col())

    def is_pinned(self):
        return self.storage.is_pinned()

    def is_shared(self):
        return self.storage.is_shared()

    def __eq__(self, other):
        """Sizes, rowptr, col and values are equal."""
        if not isinstance(other, SparseTensor):
            return NotImplemented
        if self.sizes() != other.sizes() or self.nnz() != other.nnz() or self.has_value() != other.has_value():
            return False
        if self.device() != other.device():
            return False
        pairs = list(zip(self.csr(), other.csr()))[:3 if self.has_value() else 2]
        return all(a.dtype == b.dtype and equal(a, b) for a, b in pairs)

    __hash__ = None

    def __repr__(self):
        names = ("row", "col", "val")
        lines = [f"{name}={tensor!r}" for name, tensor in zip(names, self.coo()) if tensor is not None]
        lines.append(f"size={tuple(self.sizes())}, nnz={self.nnz()}, density={100 * self.density():.02f}%")
        start = type(self).__name__ + "("
        return start + indent(",\n".join(lines), " " * len(start)).lstrip() + ")"

    # Other values for the same pattern.

    def set_value(self, value, layout=None):
        return self.from_storage(self.storage.set_value(value, layout))

    def set_value_(self, value, layout=None):
        self.storage.set_value_(value, layout)
        return self

    def _filling(self, fill_value, dtype):
        return full([self.nnz()], fill_value, dtype or default_dtype(), self.storage.col())

    def fill_value(self, fill_value, dtype=None):
        return self.set_value(self._filling(fill_value, dtype), layout="coo")

    def fill_value_(self, fill_value, dtype=None):
        return self.set_value_(self._filling(fill_value, dtype), layout="coo")

    def detach(self):
        return self.set_value(self.storage.value().detach(), layout="coo") if self.has_value() else self.copy()

    def detach_(self):
        return self.set_value_(self.storage.value().detach(), layout="coo") if self.has_value() else self

    def requires_grad_(self, requires_grad=True, dtype=None):
        """Without values, ones of `dtype` become its values first."""
        if requires_grad and not self.has_value():
            self.fill_value_(1, dtype)
        if self.has_value() and self.requires_grad() != requires_grad:
            require(not requires_grad or self.is_floating_point(),
                    f"requires_grad_: values of type {self.dtype()} have no gradient; convert them to a floating type")
            # A leaf of this matrix: the tensor that others may hold stays as it is.
            self.set_value_(leaf(self.storage.value(), requires_grad), layout="coo")
        return self

    def copy(self):
        """Another matrix that shares all tensors."""
        return self.from_storage(self.storage.copy())

    def clone(self):
        """Another matrix with tensors of its own."""
        return self.from_storage(self.storage.clone())

    def type(self, dtype, non_blocking=False):
        """Values of another type."""
        return self.from_storage(self.storage.type(dtype, non_blocking))

    def type_as(self, tensor, non_blocking=False):
        return self.type(tensor.dtype, non_blocking)

    def to_device(self, device, non_blocking=False):
        return self.from_storage(self.storage.to_device(device, non_blocking))

    def device_as(self, tensor, non_blocking=False):
        return self.to_device(device(tensor), non_blocking)

    def to(self, *args, **kwargs):
        """A device, a type, both, or a tensor that has them, as the framework's tensors take them."""
        place, dtype, non_blocking = parse_to(args, kwargs)
        out = self if dtype is None else self.type(dtype, non_blocking)
        return out if place is None else out.to_device(place, non_blocking)

    def cpu(self):
        return self.to_device("cpu")

    def cuda(self, device=None, non_blocking=False):
        return self.to_device("cuda" if device is None else device, non_blocking)

    def pin_memory(self):
        return self.from_storage(self.storage.pin_memory())

    def share_memory_(self):
        self.storage.share_memory_()
        return self

    def fill_cache_(self):
        self.storage.fill_cache_()
        return self

    def clear_cache_(self):
        self.storage.clear_cache_()
        return self

    # The same entries otherwise.

    def coalesce(self, reduce="sum"):
        """Equal entries made one, their values reduced by "sum", "add", "mean", "min" or "max"."""
        return self.from_storage(self.storage.coalesce(reduce))

    def sparse_resize(self, sparse_sizes):
        return self.from_storage(self.storage.sparse_resize(sparse_sizes))

    def sparse_reshape(self, num_rows, num_cols):
        """Entries at the same row-major place of another shape. One of both numbers may be −1."""
        return self.from_storage(self.storage.sparse_reshape(num_rows, num_cols))


def _shortcut(name):
    def convert(self):
        return self.type(DTYPES[name])

    convert.__name__ = name
    convert.__doc__ = f"Values of type {name}."
    return convert


# bfloat16(), half(), float(), double(), char(), byte(), short(), int(), long(), bool()
for _name in DTYPES:
    setattr(SparseTensor, _name, _shortcut(_name))


def values_or_ones(src, dtype=None):
    """The values, or ones of `dtype` (absent: the framework's default)."""
    return src.storage.value() if src.has_value() else full([src.nnz()], 1, dtype or default_dtype(), src.storage.col())
