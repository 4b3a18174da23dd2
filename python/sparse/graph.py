"""Functions on graphs whose adjacency matrix a sparse matrix is."""
from .errors import require
from .framework import arange, ops
from .pattern import Pattern
from .select import permute, taken
from .tensor import SparseTensor


def random_walk(src, start, walk_length, p=1.0, q=1.0):
    """start [walks] int64 → nodes [walks, walk_length + 1]. A walk stays at a node without out-edges. With p or q other
    than 1 the walks of node2vec (Grover and Leskovec 2016): p weighs against going back, q against going away."""
    rowptr, col, _ = src.csr()
    if p == 1 and q == 1:
        return ops.random_walk(rowptr, col, start, walk_length)
    return ops.node2vec_walk(rowptr, col, start, walk_length, float(p), float(q), src.is_coalesced())[0]


def sample(src, num_neighbors, subset=None):
    """num_neighbors columns of each row, or of each of the rows `subset`, drawn with replacement: [rows,
    num_neighbors]."""
    return ops.sample(src.storage.rowptr(), src.storage.col(), num_neighbors, subset)


def sample_adj(src, subset, num_neighbors, replace=False):
    """num_neighbors entries of each row of `subset` (all where it is negative or there are fewer) → the matrix
    [subset, n_id] and n_id, the nodes that its columns stand for: `subset`, then others by discovery."""
    rowptr, col, n_id, e_id = ops.sample_adj(src.storage.rowptr(), src.storage.col(), subset, num_neighbors, replace)
    pattern = Pattern((int(subset.shape[0]), int(n_id.shape[0])), None, rowptr=rowptr, col=col)
    return SparseTensor.of(pattern, taken(src.storage.value(), e_id)), n_id


def saint_subgraph(src, node_idx):
    """The matrix of the nodes node_idx [k], in this order: [k, k], and the numbers of its entries in src."""
    row, col, _ = src.coo()
    row, col, edge_index = ops.saint_subgraph(node_idx, src.storage.rowptr(), row, col)
    size = int(node_idx.shape[0])
    # Columns within a row may be in no order.
    pattern = Pattern((size, size), None, row=row, col=col)
    return SparseTensor.of(pattern, taken(src.storage.value(), edge_index)), edge_index


def partition(src, num_parts, recursive=False, weighted=False, node_weight=None, balance_edge=False):
    """METIS's partition of an undirected graph without loops → (src permuted so that parts are contiguous, partptr
    [num_parts + 1], perm [nodes]). weighted: values are weights of edges; balance_edge: nodes weigh their in-degree."""
    require(num_parts >= 1, f"partition: there are {num_parts} parts; at least one is needed")
    require(src.is_quadratic(), f"partition: the matrix has {src.sparse_size(0)} rows and {src.sparse_size(1)} "
            "columns; a square one is needed")
    require(not weighted or src.has_value(), "partition: weights of edges are asked for but the matrix has no values")
    require(not balance_edge or node_weight is None,
            "partition: balance_edge makes weights of nodes, and node_weight gives them; one of both is possible")
    rowptr, col, value = src.csr()
    nodes = src.sparse_size(0)
    if num_parts == 1:
        return src.copy(), arange(0, 2, col) * nodes, arange(0, nodes, col)
    if balance_edge:
        node_weight = src.storage.colcount()
    cluster = ops.partition2(rowptr, col, value.detach() if weighted else None, node_weight, num_parts, recursive)
    partptr, perm = ops.index_sort(cluster, num_parts)
    return permute(src, perm), partptr, perm


def reverse_cuthill_mckee(src, is_symmetric=None):
    """(src permuted so that entries come near the diagonal, perm [nodes]). A matrix that is not symmetric becomes
    to_symmetric() first."""
    if not (src.is_symmetric() if is_symmetric is None else is_symmetric):
        src = src.to_symmetric()
    perm = ops.reverse_cuthill_mckee(src.storage.rowptr(), src.storage.col())
    return permute(src, perm), perm
