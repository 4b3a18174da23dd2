"""The functions that are methods of SparseTensor too, and its operators."""
from . import arithmetic, convert, diagonal, graph, matmul, reduce, select, shape
from .tensor import SparseTensor

METHODS = [
    shape.t, shape.to_symmetric,
    select.narrow, select.select, select.index_select, select.index_select_nnz, select.masked_select,
    select.masked_select_nnz, select.permute, select.__narrow_diag__,
    diagonal.remove_diag, diagonal.set_diag, diagonal.fill_diag, diagonal.get_diag,
    arithmetic.add, arithmetic.add_, arithmetic.add_nnz, arithmetic.add_nnz_,
    arithmetic.mul, arithmetic.mul_, arithmetic.mul_nnz, arithmetic.mul_nnz_,
    reduce.sum, reduce.mean, reduce.min, reduce.max,
    matmul.spmm, matmul.spspmm, matmul.matmul,
    graph.random_walk, graph.sample, graph.sample_adj, graph.saint_subgraph, graph.partition,
    graph.reverse_cuthill_mckee,
    convert.to_dense, convert.to_scipy,
]
CLASS_METHODS = [diagonal.eye, convert.from_dense, convert.from_scipy]
ALIASES = {
    "transpose": shape.t, "reduction": reduce.reduction, "__getitem__": select.getitem, "__matmul__": matmul.matmul,
    "__add__": arithmetic.add, "__radd__": arithmetic.add, "__iadd__": arithmetic.add_,
    "__mul__": arithmetic.mul, "__rmul__": arithmetic.mul, "__imul__": arithmetic.mul_,
}


def add_methods(methods, class_methods=()):
    for function in methods:
        setattr(SparseTensor, function.__name__, function)
    for function in class_methods:
        setattr(SparseTensor, function.__name__, classmethod(function))


add_methods(METHODS, CLASS_METHODS)
for _name, _function in ALIASES.items():
    setattr(SparseTensor, _name, _function)
