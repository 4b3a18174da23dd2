"""What is checked of tensors that are to become a sparse matrix, and the sort of those that are not in order."""
from .errors import require
from .framework import Tensor, device, equal, index_select, int64, ops
from .pattern import DISTINCT, ENTRIES, Pattern


def sizes_text(tensor):
    return str([int(size) for size in tensor.shape])


def _checked_index(tensor, name, col, length=None):
    """An index tensor without gaps: [length] int64 on the device of col."""
    if tensor is None:
        return None
    require(isinstance(tensor, Tensor), f"SparseTensor: {name} is {type(tensor).__name__}; a tensor is needed")
    require(tensor.dtype == int64, f"SparseTensor: {name} is {tensor.dtype}; int64 is needed")
    require(tensor.dim() == 1, f"SparseTensor: {name} has {tensor.dim()} dimensions; 1 is needed")
    require(device(tensor) == device(col),
            f"SparseTensor: {name} is on {device(tensor)} but col on {device(col)}; move one")
    require(length is None or tensor.shape[0] == length,
            f"SparseTensor: {name} has {tensor.shape[0]} numbers; {length} are needed")
    return tensor.contiguous()


def checked_value(value, col):
    """[nnz, …] on the device of col, or None."""
    if value is None:
        return None
    require(isinstance(value, Tensor), f"SparseTensor: value is {type(value).__name__}; a tensor is needed")
    require(value.dim() > 0 and value.shape[0] == col.shape[0],
            f"SparseTensor: value has the sizes {sizes_text(value)}; there are {col.shape[0]} entries, each with one "
            "row of it")
    require(device(value) == device(col),
            f"SparseTensor: value is on {device(value)} but the indices on {device(col)}; move one")
    return value.contiguous()


def _resolved_size(given, largest, what, trust_data):
    """A size that is given, or the least that holds the indices."""
    require(given is None or given >= 0, f"SparseTensor: sparse_sizes has {given} {what}; it must not be negative")
    require(largest < 2**63 - 1, f"SparseTensor: an index of {what} is {largest}; it must be smaller")
    require(trust_data or given is None or largest < given,
            f"SparseTensor: sparse_sizes has {given} {what} but there is the index {largest}; {largest + 1} are needed "
            "at least")
    return largest + 1 if given is None else int(given)


def _check_derived(given, fresh):
    """Tensors that could be derived and were given hold what would be derived."""
    words = "is not what row and col give; leave it out to have it derived"
    for name in ("rowptr", "rowcount", "colptr", "colcount"):
        if given.get(name) is not None:
            require(equal(given[name], fresh.get(name)), f"SparseTensor: {name} {words}")
    csr2csc, csc2csr = given.get("csr2csc"), given.get("csc2csr")
    if csr2csc is not None:
        inverse = ops.invert_permutation(csr2csc)
        # Entries of equal column and row may stand in any order.
        for index in (fresh.get("col"), fresh.get("row")):
            require(equal(index_select(index, csr2csc), index_select(index, fresh.get("csr2csc"))),
                    f"SparseTensor: csr2csc {words}")
    if csc2csr is not None:
        wanted = fresh.get("csc2csr") if csr2csc is None else inverse
        require(equal(csc2csr, wanted), f"SparseTensor: csc2csr {words}")


def _check_forms(tensors, rows):
    """Kinds, ranks, devices and lengths as far as they are known; returns the number of rows if it is."""
    require(tensors["row"] is not None or tensors["rowptr"] is not None,
            "SparseTensor: neither row nor rowptr is given; one of both is needed")
    col = tensors["col"]
    require(col is not None, "SparseTensor: col is not given; the columns of the entries are needed")
    for name in ("col", "row", "csr2csc", "csc2csr"):
        tensors[name] = _checked_index(tensors[name], name, col, col.shape[0] if name != "col" else None)
    rowptr = tensors["rowptr"] = _checked_index(tensors["rowptr"], "rowptr", col, None if rows is None else rows + 1)
    if rowptr is None:
        return rows
    require(rowptr.shape[0] > 0, "SparseTensor: rowptr is empty; it has one number more than rows")
    return int(rowptr.shape[0]) - 1


def sorted_entries(pattern, value):
    """The pattern and values with entries in order of row and column."""
    if pattern.order() >= ENTRIES:
        return pattern, value
    row, col, perm = ops.sort_coo(pattern.get("row"), pattern.get("col"), *pattern.sizes)
    kept = {name: pattern.peek(name) for name in ("rowptr", "rowcount", "colptr", "colcount")}
    in_order = Pattern(pattern.sizes, None, row=row, col=col, **kept)
    return in_order, None if value is None else index_select(value, perm)


def checked_storage(tensors, value, sparse_sizes, is_sorted, trust_data):
    """(pattern, value) of what a storage is made of; `tensors` has every name of pattern.TENSORS."""
    given = (None, None) if sparse_sizes is None else tuple(sparse_sizes)
    require(len(given) == 2, f"SparseTensor: sparse_sizes has {len(given)} numbers; rows and columns are needed")
    rows, cols = _check_forms(tensors, given[0]), given[1]
    col = tensors["col"]
    value = checked_value(value, col)
    blind = trust_data and is_sorted and rows is not None and cols is not None
    order, min_row, max_row, min_col, max_col = DISTINCT, 0, -1, 0, -1
    if not blind:
        row = tensors["row"] if tensors["row"] is not None else ops.ptr2ind(tensors["rowptr"], int(col.shape[0]))
        order, min_row, max_row, min_col, max_col = ops.inspect_coo(row, col).tolist()
        require(min_row >= 0, f"SparseTensor: row holds {min_row}; indices must not be negative")
        require(min_col >= 0, f"SparseTensor: col holds {min_col}; indices must not be negative")
    sizes = (_resolved_size(rows, max_row, "rows", trust_data), _resolved_size(cols, max_col, "columns", trust_data))
    for name, length in (("rowcount", sizes[0]), ("colptr", sizes[1] + 1), ("colcount", sizes[1])):
        tensors[name] = _checked_index(tensors[name], name, col, length)
    in_order = blind or order >= ENTRIES
    require(in_order or not is_sorted or trust_data,
            "SparseTensor: is_sorted is true but the entries are not in order of row and column; sort them, or leave "
            "is_sorted out")
    if not in_order and not trust_data:
        # Pointers and counts are the same in any order; permutations are given for entries in order.
        tensors["csr2csc"] = tensors["csc2csr"] = None
    if not trust_data:
        plain = {"col": col, **({"rowptr": tensors["rowptr"]} if tensors["row"] is None else {"row": tensors["row"]})}
        fresh = Pattern(sizes, order, **plain)
        _check_derived(tensors, fresh if in_order else sorted_entries(fresh, None)[0])
    pattern = Pattern(sizes, None if blind else order, **tensors)
    return (pattern, value) if in_order or is_sorted else sorted_entries(pattern, value)
