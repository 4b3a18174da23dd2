"""Shapes of operators whose sizes depend on the data, for torch.compile and torch.export: new unknown lengths.

The library itself has the shapes of all others, for tensors on the device "meta" too.
"""
import torch

from spinel import operators  # noqa: F401, loads the library


def _unknown(least=0):
    return torch.library.get_ctx().new_dynamic_size(min=least)


def _some(like, count=1):
    """`count` new vectors of one unknown length."""
    length = _unknown()
    return tuple(like.new_empty(length) for _ in range(count))


def _common_coo(row_a, col_a, row_b, col_b):
    return _some(row_a, 2)


def _distinct_coo(row, col):
    (row, col), ptr = _some(row, 2), row.new_empty(_unknown(1))
    return row, col, ptr


def _narrow_columns(rowptr, col, start, length):
    return torch.empty_like(rowptr), *_some(col, 2)


def _select_rows(rowptr, col, index):
    return rowptr.new_empty(index.shape[0] + 1), *_some(col, 2)


def _select_columns(rowptr, col, N, index):
    return torch.empty_like(rowptr), *_some(col, 2)


def _spspmm(rowptrA, colA, valueA, rowptrB, colB, valueB, columns):
    like = next((value for value in (valueA, valueB) if value is not None), None)
    (col,) = _some(colA)
    value = col.new_empty(0, dtype=torch.float32) if like is None else like.new_empty(col.shape)
    return value, torch.empty_like(rowptrA), col


def _saint_subgraph(idx, rowptr, row, col):
    return _some(row, 3)


def _relabel(col, idx):
    return torch.empty_like(col), *_some(idx)


def _relabel_one_hop(rowptr, col, optional_value, idx, bipartite):
    (out_col,), (nodes,) = _some(col), _some(idx)
    pointers = idx.new_empty((idx if bipartite else nodes).shape[0] + 1)
    value = None if optional_value is None else optional_value.new_empty(out_col.shape)
    return pointers, out_col, value, nodes


def _sample_adj(rowptr, col, idx, num_neighbors, replace):
    (out_col, edges), (nodes,) = _some(col, 2), _some(idx)
    return idx.new_empty(idx.shape[0] + 1), out_col, nodes, edges


def _neighbor_sample(colptr, row, input_node, num_neighbors, replace, directed):
    return *_some(row), *_some(row, 3)


def _ego_k_hop_sample_adj(rowptr, col, idx, depth, num_neighbors, replace):
    (out_col, edges), (nodes,) = _some(col, 2), _some(idx)
    # A pointer for each node, and one more.
    pointers, roots = (idx.new_empty(count.shape[0] + 1) for count in (nodes, idx))
    return pointers, out_col, nodes, edges, roots, torch.empty_like(idx)


def _partition_halo(rowptr, col, cluster, num_parts, hops=1):
    return rowptr.new_empty(num_parts + 1), *_some(rowptr)


def _neighbor_list(positions, cell, pbc, cutoff, **options):
    pairs = _unknown()
    return positions.new_empty(2, pairs, dtype=torch.int64), positions.new_empty(pairs, 3, dtype=torch.int32)


for _name in ("common_coo", "distinct_coo", "narrow_columns", "select_rows", "select_columns", "spspmm",
              "saint_subgraph", "relabel", "relabel_one_hop", "sample_adj", "neighbor_sample", "ego_k_hop_sample_adj",
              "partition_halo", "neighbor_list"):
    torch.library.register_fake("spinel::" + ("_spspmm" if _name == "spspmm" else _name))(globals()["_" + _name])
