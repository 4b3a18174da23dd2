"""Graphs of the benchmarks of sparse matrices."""

import numpy as np
import scipy.sparse


def rmat(scale, edges, seed=1):
    """Row, column and number of nodes of a power-law graph: R-MAT (Chakrabarti, Zhan and Faloutsos, SDM 2004) with the
    probabilities of Graph 500. Nodes are renumbered at random, else the hubs lie side by side."""
    random = np.random.default_rng(seed)
    row, column = np.zeros(edges, np.int64), np.zeros(edges, np.int64)
    for _ in range(scale):
        u = random.random(edges)
        row = 2 * row + (u >= 0.76)
        column = 2 * column + (((u >= 0.57) & (u < 0.76)) | (u >= 0.95))
    number = random.permutation(1 << scale)
    return number[row], number[column], 1 << scale


def grid(side, seed=None):
    """The four neighbours of each point of a square, numbered row by row, or with a seed at random."""
    number = np.arange(side * side) if seed is None else np.random.default_rng(seed).permutation(side * side)
    at = number.reshape(side, side)
    pairs = [(at[:-1], at[1:]), (at[1:], at[:-1]), (at[:, :-1], at[:, 1:]), (at[:, 1:], at[:, :-1])]
    row, column = (np.concatenate([pair[k].ravel() for pair in pairs]) for k in (0, 1))
    return row, column, side * side


def cube(side):
    """The six neighbours of each point of a cube."""
    at = np.arange(side**3).reshape(side, side, side)
    pairs = [(at[:-1], at[1:]), (at[:, :-1], at[:, 1:]), (at[:, :, :-1], at[:, :, 1:])]
    row, column = (np.concatenate([pair[k].ravel() for pair in pairs + [pair[::-1] for pair in pairs]]) for k in (0, 1))
    return row, column, side**3


def uniform(nodes, edges, seed=1):
    """Edges between any two nodes alike (Erdős and Rényi)."""
    random = np.random.default_rng(seed)
    return random.integers(0, nodes, edges), random.integers(0, nodes, edges), nodes


def band(nodes, width):
    """A matrix whose entries lie within width / 2 of the diagonal, as finite elements' do."""
    row = np.repeat(np.arange(nodes), width)
    return row, (row + np.tile(np.arange(-(width // 2), width - width // 2), nodes)) % nodes, nodes


def as_csr(row, column, nodes, dtype=np.float32):
    """A SciPy matrix with sorted columns, no entry twice, and values in [0, 1)."""
    value = np.random.default_rng(2).random(len(row)).astype(dtype)
    matrix = scipy.sparse.coo_matrix((value, (row, column)), (nodes, nodes)).tocsr()
    matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix


def undirected(row, column, nodes):
    """The matrix of ones with both directions of each edge, and no self loops."""
    keep = row != column
    matrix = as_csr(row[keep], column[keep], nodes)
    matrix = (matrix + matrix.T).tocsr()
    matrix.sort_indices()
    matrix.data[:] = 1
    return matrix
