"""What spinel.sparse and paddle_spinel.sparse have in common."""
from . import methods  # noqa: F401, gives SparseTensor its methods
from .arithmetic import add, add_, add_nnz, add_nnz_, mul, mul_, mul_nnz, mul_nnz_
from .cat import cat
from .diagonal import fill_diag, get_diag, remove_diag, set_diag
from .functional import coalesce, eye, from_scipy, spadd, spmm, spspmm, to_scipy, transpose
from .graph import partition, random_walk, reverse_cuthill_mckee, saint_subgraph, sample, sample_adj
from .matmul import matmul
from .reduce import max, mean, min, sum
from .select import (__narrow_diag__, index_select, index_select_nnz, masked_select, masked_select_nnz, narrow, permute,
                     select)
from .shape import t
from .storage import SparseStorage
from .tensor import SparseTensor

# Of torch_sparse and PaddleSparse, whose names and semantics these are.
__version__ = "0.6.18"

__all__ = [
    "SparseStorage", "SparseTensor", "__narrow_diag__", "__version__", "add", "add_", "add_nnz", "add_nnz_", "cat",
    "coalesce", "eye", "fill_diag", "from_scipy", "get_diag", "index_select", "index_select_nnz", "masked_select", "masked_select_nnz",
    "matmul", "max", "mean", "min", "mul", "mul_", "mul_nnz", "mul_nnz_", "narrow", "partition", "permute",
    "random_walk", "remove_diag", "reverse_cuthill_mckee", "saint_subgraph", "sample", "sample_adj", "select",
    "set_diag", "spadd", "spmm", "spspmm", "sum", "t", "to_scipy", "transpose"
]
