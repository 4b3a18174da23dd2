"""Sparse matrices joined along rows, columns, the diagonal, or the dimensions of their values."""
from .errors import require, wrapped_dim
from .framework import concat
from .pattern import TENSORS, Pattern
from .tensor import SparseTensor


class _Joined:
    """Tensors of one kind of all matrices: joined if none lacks it."""

    def __init__(self):
        self._parts, self._complete = [], True

    def add(self, tensor, offset=0):
        if tensor is None:
            self._complete = False
        else:
            self._parts.append(tensor + offset if offset else tensor)

    def add_pointers(self, ptr, offset):
        """Pointers go on where those of the matrices before end."""
        self.add(ptr if ptr is None or not self._parts else ptr[1:], offset)

    def get(self):
        return concat(self._parts) if self._complete else None


def _join(tensors, along_rows, along_columns, names):
    """A matrix of the tensors `names`; rows or columns of each begin where those of the one before end, or at 0."""
    joined = {name: _Joined() for name in names}
    value = _Joined()
    rows = cols = nnz = 0
    for tensor in tensors:
        pattern = tensor.storage.pattern
        starts = {"row": rows if along_rows else 0, "col": cols if along_columns else 0, "csr2csc": nnz, "csc2csr": nnz}
        for name in names:
            part = pattern.get(name) if name in ("row", "col") else pattern.peek(name)
            if name in ("rowptr", "colptr"):
                joined[name].add_pointers(part, nnz)
            else:
                joined[name].add(part, starts.get(name, 0))
        value.add(tensor.storage.value())
        rows = rows + tensor.sparse_size(0) if along_rows else max(rows, tensor.sparse_size(0))
        cols = cols + tensor.sparse_size(1) if along_columns else max(cols, tensor.sparse_size(1))
        nnz += tensor.nnz()
    known = [tensor.storage.pattern.known_order for tensor in tensors]
    order = min(known) if along_rows and None not in known else None
    pattern = Pattern((rows, cols), order, **{name: part.get() for name, part in joined.items()})
    return SparseTensor.of(pattern, value.get())


def cat_diag(tensors):
    """Blocks along the diagonal."""
    return _join(tensors, True, True, TENSORS)


def _cat_values(tensors, dim):
    first = tensors[0]
    for tensor in tensors:
        require(tensor.has_value() and tensor.nnz() == first.nnz(),
                f"cat: a matrix with {first.nnz()} entries is joined with one of {tensor.nnz()} along values; both "
                "need values for one pattern")
    return first.set_value(concat([tensor.storage.value() for tensor in tensors], dim - 1), layout="coo")


def cat(tensors, dim):
    """dim 0: below each other, as wide as the widest; 1: beside each other, as high as the highest; (0, 1): blocks
    along the diagonal; from 2 on along the values of matrices of one pattern, the first one's. Values only if all have
    them; what all have derived is carried on."""
    tensors = list(tensors)
    require(len(tensors) > 0, "cat: there is no matrix; at least one is needed")
    for tensor in tensors:
        require(tensor.device() == tensors[0].device(),
                f"cat: matrices are on {tensors[0].device()} and {tensor.device()}; move them to one device")
    if isinstance(dim, (tuple, list)):
        if len(dim) != 1:
            if sorted(dim) != [0, 1]:
                raise IndexError(f"cat: the dimensions are {list(dim)}; 0 and 1 together, or one alone, are possible")
            return cat_diag(tensors)
        dim = dim[0]
    dim = wrapped_dim(dim, tensors[0].dim(), "cat")
    if dim == 0:
        return _join(tensors, True, False, ("row", "rowptr", "col", "rowcount"))
    if dim == 1:
        joined = _join(tensors, False, True, ("row", "col", "colptr", "colcount"))
        return SparseTensor.from_storage(joined.storage.sorted())
    return _cat_values(tensors, dim)
