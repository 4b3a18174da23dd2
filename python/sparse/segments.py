"""Reductions of segments of rows, with derivatives of every order."""
from .framework import index_select, is_floating_point, ops


def segment_reduce(src, ptr, perm, reduce):
    """src [rows, …] → [segments, …]: the rows perm[ptr[s]:ptr[s + 1]] (without perm: ptr[s]:ptr[s + 1]) reduced by
    "sum", "mean", "min" or "max"; of none 0."""
    results = getattr(ops, f"segment_{reduce}_csr")(src, ptr, perm)
    return results[0] if reduce in ("min", "max") else results


def gather_rows(src, pattern):
    """Row i of src [M, …] for each entry of row i: [nnz, …]."""
    if is_floating_point(src.dtype):
        # Summed by rows on the way back, in place of a scatter.
        sizes = [pattern.nnz, *(int(size) for size in src.shape[1:])]
        return ops.gather_csr(src, pattern.get("rowptr"), None, sizes)
    return index_select(src, pattern.get("row"))
