"""Every function that gradients flow through, once and twice."""
import numpy as np

from .base import Base


class DerivativeCases(Base):
    def functions(self):
        """name → (function, tensors): a tensor of double by tensors of double."""
        sparse, t, random = self.f.sparse, self.f.tensor, self.random
        dense = self.array(5, 5, 0.5)
        dense[2] = 0
        np.fill_diagonal(dense, [0, 3, 0, 2, 5])
        a, other = self.matrix(dense), self.matrix(self.array(5, 5, 0.8))
        wide = self.matrix(self.array(4, 5, 0.5, (2,)))
        twice = sparse.SparseTensor(row=t([0, 0, 1, 1, 2]), col=t([1, 1, 0, 2, 2]), sparse_sizes=(3, 3))
        value, by_other = t(random.standard_normal(a.nnz())), t(random.standard_normal(other.nnz()))
        values, doubled = t(random.standard_normal((wide.nnz(), 2))), t(random.standard_normal(5))
        x, batch = t(random.standard_normal((5, 3))), t(random.standard_normal((2, 5, 3)))
        by_row, by_col, diagonal = (t(random.standard_normal(sizes)) for sizes in ((5, 1), (1, 5), 5))
        index = sparse.SparseTensor.coo(a)[:2]
        pair = self.pair_of(*index)
        mask, some = t([True, False, True, True, False]), t([4, 0, 0, 2])

        def of(v):
            return a.set_value(v, layout="coo")

        def dense_of(change, matrix=a):
            return lambda v: change(matrix.set_value(v, layout="coo")).to_dense()

        found = {f"matmul_{reduce}": (lambda v, y, reduce=reduce: of(v).matmul(y, reduce), (value, x))
                 for reduce in ("sum", "mean", "min", "max")}
        for reduce in ("sum", "mean", "min", "max"):
            for dim in (None, 0, 1):
                found[f"{reduce}_{dim}"] = (lambda v, r=reduce, d=dim: getattr(of(v), r)(d), (value,))
                found[f"{reduce}_{dim}_of_vectors"] = (
                    lambda v, r=reduce, d=dim: getattr(wide.set_value(v, layout="coo"), r)(d), (values,))
            found[f"{reduce}_of_values"] = (
                lambda v, r=reduce: getattr(wide.set_value(v, layout="coo"), r)(2), (values,))
            found[f"coalesce_{reduce}"] = (
                lambda v, r=reduce: twice.set_value(v, layout="coo").coalesce(r).storage.value(), (doubled,))
            found[f"to_symmetric_{reduce}"] = (dense_of(lambda m, r=reduce: m.to_symmetric(r)), (value,))
        found.update({
            "matmul_of_batches": (lambda v, y: of(v) @ y, (value, batch)),
            "matmul_of_a_vector": (lambda v, y: of(v) @ y[:, 0], (value, x)),
            "matmul_without_values": (lambda y: a.set_value(None).matmul(y, "mean"), (x,)),
            "spspmm": (lambda v, w: (of(v) @ other.set_value(w, layout="coo")).to_dense(), (value, by_other)),
            "add": (lambda v, w: (of(v) + other.set_value(w, layout="coo")).to_dense(), (value, by_other)),
            "mul": (lambda v, w: (of(v) * other.set_value(w, layout="coo")).to_dense(), (value, by_other)),
            "add_dense": (lambda v, r, c: (of(v) + r + c).to_dense(), (value, by_row, by_col)),
            "mul_dense": (lambda v, r, c: (of(v) * r * c).to_dense(), (value, by_row, by_col)),
            "add_nnz": (lambda v, w: of(v).add_nnz(w, layout="coo").to_dense(), (value, value * 2)),
            "mul_nnz": (lambda v, w: of(v).mul_nnz(w, layout="coo").to_dense(), (value, value * 2)),
            "set_value": (lambda v: a.set_value(v, layout="csc").to_dense(), (value,)),
            "csc": (lambda v: of(v).csc()[2], (value,)),
            "from_dense": (lambda y: sparse.SparseTensor.from_dense(y).storage.value(), (x,)),
            "set_diag": (lambda v, d: of(v).set_diag(d).to_dense(), (value, diagonal)),
            "get_diag": (lambda v: of(v).get_diag(), (value,)),
            "cat_values": (dense_of(lambda m: sparse.cat([m, m], dim=2), wide), (values,)),
            "narrow_values": (dense_of(lambda m: m[..., 1:], wide), (values,)),
            "narrow_diag": (dense_of(lambda m: sparse.cat([m, m], dim=(0, 1)).__narrow_diag__((5, 5), (5, 5))),
                            (value,)),
            "saint_subgraph": (dense_of(lambda m: m.saint_subgraph(t([3, 0, 4]))[0]), (value,)),
            "sample_adj": (dense_of(lambda m: m.sample_adj(t([3, 0]), -1)[0]), (value,)),
            "reverse_cuthill_mckee": (dense_of(lambda m: m.reverse_cuthill_mckee()[0]), (value,)),
            "function_spmm": (lambda v, y: sparse.spmm(pair, v, 5, 5, y), (value, x)),
            "function_spspmm": (lambda v, w: sparse.spspmm(pair, v, self.pair_of(*other.coo()[:2]), w, 5, 5, 5)[1],
                                (value, by_other)),
            "function_spadd": (lambda v, w: sparse.spadd(pair, v, self.pair_of(*other.coo()[:2]), w, 5, 5)[1],
                               (value, by_other)),
            "function_coalesce": (lambda v: sparse.coalesce(self.pair_of(*twice.coo()[:2]), v, 3, 3)[1], (doubled,)),
            "function_transpose": (lambda v: sparse.transpose(pair, v, 5, 5)[1], (value,)),
        })
        changes = {
            "t": lambda m: m.t(), "narrow_rows": lambda m: m[1:4], "narrow_columns": lambda m: m[:, 2:],
            "select": lambda m: m[3], "index_select": lambda m: m[some, some], "masked_select": lambda m: m[mask, mask],
            "index_select_nnz": lambda m: m.index_select_nnz(t([2, 0]), layout="coo"),
            "masked_select_nnz": lambda m: m.masked_select_nnz(t(np.arange(a.nnz()) % 2 == 0), layout="csc"),
            "permute": lambda m: m.permute(t([3, 1, 0, 4, 2])), "sparse_resize": lambda m: m.sparse_resize((6, 7)),
            "sparse_reshape": lambda m: m.sparse_reshape(25, 1), "remove_diag": lambda m: m.remove_diag(1),
            "fill_diag": lambda m: m.fill_diag(2.0, -1), "cat_rows": lambda m: sparse.cat([m, m], dim=0),
            "cat_columns": lambda m: sparse.cat([m, m], dim=1), "cat_blocks": lambda m: sparse.cat([m, m], dim=(0, 1)),
        }
        found.update({name: (dense_of(change), (value,)) for name, change in changes.items()})
        return found

    def pair_of(self, row, col):
        return self.f.tensor(np.stack([self.f.numpy(row), self.f.numpy(col)]))

    def test_derivatives(self):
        for name, (function, tensors) in self.functions().items():
            with self.subTest(name):
                self.check_gradients(function, *tensors)
