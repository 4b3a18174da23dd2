"""The places of a sparse matrix's entries: sizes, rows, columns, and what is derived from them when it is asked for."""
from .framework import concat, full, int64, ops

TENSORS = ("row", "rowptr", "col", "rowcount", "colptr", "colcount", "csr2csc", "csc2csr")
CACHES = TENSORS[3:]

# How far entries are in order; each holds what the one before it does.
UNORDERED, ROWS, ENTRIES, DISTINCT = range(4)


class Pattern:
    """Immutable but for tensors that are derived on demand and kept, which all who share the pattern share.

    Tensors are int64 and one-dimensional; rows are in order, columns within a row may be in none (trusted data).
    Nothing is checked here.
    """

    def __init__(self, sizes, known_order=None, **tensors):
        self.sizes = tuple(sizes)
        self.known_order = known_order
        self._kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}

    @property
    def nnz(self):
        return int(self._kept["col"].shape[0])

    def has(self, name):
        return name in self._kept

    def peek(self, name):
        """The tensor if it is there, else None."""
        return self._kept.get(name)

    def tensors(self):
        """All that are there, by name."""
        return dict(self._kept)

    def get(self, name):
        if name not in self._kept:
            getattr(self, "_derive_" + name)()
        return self._kept[name]

    def order(self):
        if self.known_order is None:
            self.known_order = int(ops.inspect_coo(self.get("row"), self.get("col"))[0])
        return self.known_order

    def _derive_row(self):
        self._kept["row"] = ops.ptr2ind(self.get("rowptr"), self.nnz)

    def _derive_rowptr(self):
        self._kept["rowptr"] = ops.ind2ptr(self.get("row"), self.sizes[0])

    def _derive_rowcount(self):
        rowptr = self.get("rowptr")
        self._kept["rowcount"] = rowptr[1:] - rowptr[:-1]

    def _derive_colptr(self):
        # Pointers and permutation come from one pass.
        colptr, csr2csc = ops.index_sort(self.get("col"), self.sizes[1])
        self._kept.setdefault("colptr", colptr)
        self._kept.setdefault("csr2csc", csr2csc)

    _derive_csr2csc = _derive_colptr

    def _derive_colcount(self):
        colptr = self.get("colptr")
        self._kept["colcount"] = colptr[1:] - colptr[:-1]

    def _derive_csc2csr(self):
        self._kept["csc2csr"] = ops.invert_permutation(self.get("csr2csc"))

    def without_caches(self):
        return Pattern(self.sizes, self.known_order,
                       **{name: tensor for name, tensor in self._kept.items() if name not in CACHES})

    def mapped(self, function):
        """Every tensor as the function gives it back."""
        return Pattern(self.sizes, self.known_order, **{name: function(t) for name, t in self._kept.items()})

    def resized(self, sizes):
        """The same entries in other sizes, which must hold them; what is derived is padded or cut."""
        tensors = self.tensors()
        for dim, (ptr, count) in enumerate((("rowptr", "rowcount"), ("colptr", "colcount"))):
            if ptr in tensors:
                tensors[ptr] = _resized(tensors[ptr], sizes[dim] + 1, self.nnz)
            if count in tensors:
                tensors[count] = _resized(tensors[count], sizes[dim], 0)
        return Pattern(sizes, self.known_order, **tensors)


def _resized(tensor, size, filling):
    more = size - int(tensor.shape[0])
    if more <= 0:
        return tensor[:size].contiguous()
    return concat([tensor, full([more], filling, int64, tensor)])
