"""SparseStorage: the pattern of a sparse matrix with what is derived from it, and its values."""
import warnings

from .checks import checked_storage, checked_value, sorted_entries
from .errors import checked_reduce, require, wrapped_dim
from .framework import (cast, device, full, index_select, int64, is_pinned, is_shared, ops, pin_memory, share_memory_,
                        to_device)
from .pattern import CACHES, DISTINCT, ENTRIES, TENSORS, Pattern
from .segments import segment_reduce


def get_layout(layout=None):
    """The order in which values are given: "coo" or "csr" by row, "csc" by column; None is "coo", with a warning."""
    if layout is None:
        warnings.warn("SparseTensor: no layout is given for the values; coo is taken, name it to be sure", stacklevel=3)
        return "coo"
    require(layout in ("coo", "csr", "csc"), f"layout: '{layout}' is none; coo, csr and csc are")
    return layout


class SparseStorage:
    """One-dimensional int64 indices and values [nnz, …] or None, which counts as 1. Entries are in order of rows and,
    but for trusted data, of columns; duplicates stay. Tensors are shared by copies, and so is what is derived later."""

    def __init__(self, row=None, rowptr=None, col=None, value=None, sparse_sizes=None, rowcount=None, colptr=None,
                 colcount=None, csr2csc=None, csc2csr=None, is_sorted=False, trust_data=False):
        tensors = dict(zip(TENSORS, (row, rowptr, col, rowcount, colptr, colcount, csr2csc, csc2csr)))
        self.pattern, self._value = checked_storage(tensors, value, sparse_sizes, is_sorted, trust_data)

    @classmethod
    def of(cls, pattern, value):
        """A pattern with values for its entries, unchecked."""
        storage = cls.__new__(cls)
        storage.pattern, storage._value = pattern, value
        return storage

    @classmethod
    def empty(cls):
        none = full([0], 0, int64, None)
        return cls.of(Pattern((0, 0), DISTINCT, row=none, col=none), None)

    def value(self):
        return self._value

    def has_value(self):
        return self._value is not None

    def nnz(self):
        return self.pattern.nnz

    def sparse_sizes(self):
        return self.pattern.sizes

    def sparse_size(self, dim):
        return self.pattern.sizes[wrapped_dim(dim, 2, "SparseTensor")]

    def set_value(self, value, layout=None):
        """Values in the order of `layout`, or None."""
        return self.of(self.pattern, self._ordered(value, layout))

    def set_value_(self, value, layout=None):
        self._value = self._ordered(value, layout)
        return self

    def _ordered(self, value, layout):
        if value is None:
            return None
        value = checked_value(value, self.col())
        return index_select(value, self.csc2csr()) if get_layout(layout) == "csc" else value

    def cached_keys(self):
        """Of rowcount, colptr, colcount, csr2csc and csc2csr those that are there."""
        return [name for name in CACHES if self.pattern.has(name)]

    def num_cached_keys(self):
        return len(self.cached_keys())

    def fill_cache_(self):
        for name in TENSORS:
            self.pattern.get(name)
        return self

    def clear_cache_(self):
        self.pattern = self.pattern.without_caches()
        return self

    def is_coalesced(self):
        """Whether no entry is there twice (and, of trusted data, whether all are in order)."""
        return self.pattern.order() == DISTINCT

    def sorted(self):
        """With columns in order too, which only trusted data may lack."""
        return self.of(*sorted_entries(self.pattern, self._value))

    def coalesce(self, reduce="add"):
        """Equal entries made one, their values reduced."""
        reduce = checked_reduce(reduce, "coalesce")
        if self.is_coalesced():
            return self
        in_order = self.sorted()
        row, col, ptr = ops.distinct_coo(in_order.row(), in_order.col())
        value = None if self._value is None else segment_reduce(in_order.value(), ptr, None, reduce)
        return self.of(Pattern(self.sparse_sizes(), DISTINCT, row=row, col=col), value)

    def sparse_resize(self, sparse_sizes):
        """Other sizes for the same entries."""
        rows, cols = (int(size) for size in sparse_sizes)
        require(rows >= 0 and cols >= 0, f"sparse_resize: the sizes are {rows} and {cols}; they must not be negative")
        if self.nnz() > 0 and (rows < self.sparse_size(0) or cols < self.sparse_size(1)):
            facts = ops.inspect_coo(self.row(), self.col()).tolist()
            require(facts[2] < rows and facts[4] < cols,
                    f"sparse_resize: the entries fill {facts[2] + 1} rows and {facts[4] + 1} columns; {rows} and "
                    f"{cols} are too few")
        return self.of(self.pattern.resized((rows, cols)), self._value)

    def sparse_reshape(self, num_rows, num_cols):
        """Entries at the same row-major place of another shape. One of both may be −1."""
        num_rows, num_cols = int(num_rows), int(num_cols)
        require((num_rows > 0 or num_rows == -1) and (num_cols > 0 or num_cols == -1) and max(num_rows, num_cols) > 0,
                f"sparse_reshape: the sizes are {num_rows} and {num_cols}; they must be positive, and one may be -1")
        total = self.sparse_size(0) * self.sparse_size(1)
        rows = num_rows if num_rows > 0 else total // num_cols
        cols = num_cols if num_cols > 0 else total // num_rows
        require(rows * cols == total and max(rows, cols) < 2**63,
                f"sparse_reshape: {self.sparse_size(0)} x {self.sparse_size(1)} elements do not become {num_rows} x "
                f"{num_cols}; their number must stay")
        row, col = ops.reshape_coo(self.row(), self.col(), self.sparse_size(1), cols)
        reshaped = self.of(Pattern((rows, cols), None, row=row, col=col), self._value)
        # Rows may be out of order only where columns were.
        return reshaped if self.pattern.order() >= ENTRIES else reshaped.sorted()

    def copy(self):
        return self.of(self.pattern, self._value)

    def _mapped(self, function):
        return self.of(self.pattern.mapped(function), None if self._value is None else function(self._value))

    def clone(self):
        """With tensors of its own."""
        return self._mapped(lambda tensor: tensor.clone())

    def type(self, dtype, non_blocking=False):
        """Values of another type; the storage itself where it has none."""
        return self if self._value is None else self.of(self.pattern, cast(self._value, dtype, non_blocking))

    def type_as(self, tensor, non_blocking=False):
        return self.type(tensor.dtype, non_blocking)

    def device(self):
        return device(self.col())

    def to_device(self, place, non_blocking=False):
        return self._mapped(lambda tensor: to_device(tensor, place, non_blocking))

    def device_as(self, tensor, non_blocking=False):
        return self.to_device(device(tensor), non_blocking)

    def cuda(self, device=None, non_blocking=False):
        return self.to_device("cuda" if device is None else device, non_blocking)

    def pin_memory(self):
        return self._mapped(pin_memory)

    def _all(self, function):
        tensors = list(self.pattern.tensors().values()) + ([] if self._value is None else [self._value])
        return all(function(tensor) for tensor in tensors)

    def is_pinned(self):
        return self._all(is_pinned)

    def share_memory_(self):
        """Moves the tensors into memory that other processes can map, for all who share them."""
        self._mapped(share_memory_)
        return self

    def is_shared(self):
        return self._all(is_shared)


def _reader(name):
    def read(self):
        return self.pattern.get(name)

    def has(self):
        return self.pattern.has(name)

    read.__name__, has.__name__ = name, "has_" + name
    read.__doc__ = f"{name}, derived where it is not there yet."
    return read, has


# row(), has_row(), rowptr(), has_rowptr(), …
for _name in TENSORS:
    for _function in _reader(_name):
        setattr(SparseStorage, _function.__name__, _function)
