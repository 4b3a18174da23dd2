"""What the tests of torch_sparse 0.6.18 and of PaddleSparse assert, in numbers that can be followed by hand."""
import numpy as np

from .base import Base
from .products import dense_product

DTYPES = ["float16", "bfloat16", "float32", "float64", "int32", "int64"]
FLOATS = DTYPES[:4]
# Of sums of a few products of numbers around 1.
TOLERANCE = {"float16": 2e-2, "bfloat16": 1e-1, "float32": 1e-5, "float64": 1e-12}


class ReferenceCases(Base):
    def made(self, row, col, value=None, dtype=None, sizes=None):
        f = self.f
        return f.sparse.SparseTensor(row=f.tensor(row), col=f.tensor(col), sparse_sizes=sizes,
                                     value=None if value is None else f.tensor(value, dtype))

    def test_pointers_and_rows(self):
        t, ops = self.f.tensor, self.f.ops
        pointers = ops.ind2ptr(t([1, 1, 4, 5]), 7)
        self.equal(pointers, [0, 0, 2, 2, 2, 3, 4, 4])
        self.equal(ops.ptr2ind(pointers, 4), [1, 1, 4, 5])
        none = t(np.zeros(0, "int64"))
        self.equal(ops.ind2ptr(none, 3), [0, 0, 0, 0])
        self.equal(ops.ind2ptr(none, 0), [0])
        self.equal(ops.ptr2ind(t([0, 0, 0]), 0), [])
        # Of two entries beside the diagonal, where they stand once its entries are among them.
        self.equal(ops.non_diag_mask(t([0, 1]), t([1, 0]), 2, 2, 0), [False, True, True, False])

    def test_storage_of_every_type(self):
        f = self.f
        for dtype in DTYPES:
            storage = f.sparse.SparseStorage(row=f.tensor([1, 0, 0, 1]), col=f.tensor([1, 1, 0, 0]),
                                             value=f.tensor([4, 2, 1, 3], dtype))
            self.equal(storage.value(), [1, 2, 3, 4])
            self.assertEqual(storage.value().dtype, f.dtype(dtype))
            for layout, wanted in (("csc", [1, 3, 2, 4]), ("coo", [1, 2, 3, 4]), ("csr", [1, 2, 3, 4])):
                value = f.tensor([1, 2, 3, 4], dtype)
                self.equal(storage.set_value(value, layout=layout).value(), wanted)
                self.equal(storage.set_value_(value, layout=layout).value(), wanted)
            again = f.sparse.SparseStorage(row=f.tensor([0, 1, 0, 0]), col=f.tensor([1, 0, 1, 0]),
                                           value=f.tensor([1, 5, 2, 3], dtype))
            self.assertFalse(again.is_coalesced())
            self.equal(again.coalesce().value(), [3, 3, 5])
            self.assertEqual(again.sparse_resize((3, 4)).sparse_sizes(), (3, 4))

    def test_what_is_kept_through_operations(self):
        """Values of everything that a result keeps are those that its entries give, whatever was there before."""
        dense = self.array(6, 6, 0.4)
        np.fill_diagonal(dense, [1, 0, 2, 0, 0, 3])
        changes = {
            "copy": (lambda a: a.copy(), 5), "clone": (lambda a: a.clone(), 5), "double": (lambda a: a.double(), 5),
            "cpu": (lambda a: a.cpu(), 5), "detach": (lambda a: a.detach(), 5), "t": (lambda a: a.t(), 5),
            "fill_value": (lambda a: a.fill_value(2), 5), "add_nnz": (lambda a: a.add_nnz(a.storage.value(), "coo"), 5),
            "mul": (lambda a: a * self.f.tensor(np.ones((6, 1))), 5), "resize": (lambda a: a.sparse_resize((8, 7)), 5),
            "resized_down": (lambda a: a.sparse_resize((8, 7)).fill_cache_().sparse_resize((6, 6)), 5),
            "narrow": (lambda a: a[1:4], 1), "narrow_columns": (lambda a: a[:, 1:4], 2),
            "remove_diag": (lambda a: a.remove_diag(), 2), "set_diag": (lambda a: a.set_diag(), 2),
            "cat": (lambda a: self.f.sparse.cat([a, a], 0), 1),
            "cat_columns": (lambda a: self.f.sparse.cat([a, a], 1), 2),
            "cat_blocks": (lambda a: self.f.sparse.cat([a, a], (0, 1)), 5),
            "select": (lambda a: a[self.f.tensor([3, 1])], 0), "mask": (lambda a: a[self.f.tensor([True] * 6)], 0),
            "permute": (lambda a: a.permute(self.f.tensor([5, 4, 3, 2, 1, 0])), 0), "add": (lambda a: a + a.t(), 0),
            "reshape": (lambda a: a.sparse_reshape(3, 12), 0), "symmetric": (lambda a: a.to_symmetric(), 0),
            "coalesce": (lambda a: a.coalesce(), 0), "product": (lambda a: a @ a, 0),
            "nnz": (lambda a: a.masked_select_nnz(a.storage.value() > 2, "coo"), 0),
        }
        for name, (change, least) in changes.items():
            with self.subTest(name):
                for fill in (True, False):
                    a = self.matrix(dense)
                    result = change(a.fill_cache_() if fill else a)
                    self.sound(result)
                    self.assertGreaterEqual(result.storage.num_cached_keys(), least if fill else 0)
                    # And what it derives next.
                    self.sound(result.copy().fill_cache_())

    def test_sum_and_product_of_every_type(self):
        for dtype in DTYPES:
            a = self.made([0, 0, 1, 2, 2], [0, 2, 1, 0, 1], [1, 2, 4, 1, 3], dtype)
            b = self.made([0, 0, 1, 2, 2], [1, 2, 2, 1, 2], [2, 3, 1, 2, 4], dtype)
            row, col, value = (a + b).coo()
            self.equal(row, [0, 0, 0, 1, 1, 2, 2, 2])
            self.equal(col, [0, 1, 2, 1, 2, 0, 1, 2])
            self.equal(value, [1, 2, 5, 4, 1, 1, 5, 4])
            row, col, value = (a * b).coo()
            self.equal(row, [0, 2])
            self.equal(col, [2, 1])
            self.equal(value, [6, 6])
            self.assertEqual(value.dtype, self.f.dtype(dtype))
            row, col, value = (self.made([0], [1], [1], dtype) * self.made([1], [0], [2], dtype)).coo()
            for tensor in (row, col, value):
                self.equal(tensor, [])

    def test_joined(self):
        f = self.f
        a, b = self.made([0, 0, 1], [0, 1, 2]).fill_cache_(), self.made([0, 0, 1, 2], [0, 1, 1, 0]).fill_cache_()
        for dim, wanted, rowptr, keys in (
                (0, [[1, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 0]], True, 1),
                (1, [[1, 1, 0, 1, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]], False, 2),
                ((0, 1), [[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]], True,
                 5)):
            out = f.sparse.cat([a, b], dim=dim)
            self.equal(out.to_dense(), wanted)
            storage = out.storage
            self.assertEqual((storage.has_row(), storage.has_rowptr(), storage.num_cached_keys()), (True, rowptr, keys))
        self.assertTrue(f.sparse.cat([a, b], dim=0).storage.has_rowcount())
        a.set_value_(f.tensor(np.ones((3, 4))), layout="coo")
        out = f.sparse.cat([a, a], dim=-1)
        self.assertEqual((list(out.storage.value().shape), out.storage.num_cached_keys()), ([3, 8], 5))

    def test_coalesce_and_transpose(self):
        f = self.f
        index = f.tensor([[1, 0, 1, 0, 2, 1], [0, 1, 1, 1, 0, 0]])
        out, value = f.sparse.coalesce(index, None, m=3, n=2)
        self.equal(out, [[0, 1, 1, 2], [1, 0, 1, 0]])
        self.assertIsNone(value)
        numbers = [[1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7]]
        for dtype in DTYPES:
            value = f.tensor(numbers, dtype)
            self.equal(f.sparse.coalesce(index, value, m=3, n=2)[1], [[6, 8], [7, 9], [3, 4], [5, 6]])
            self.equal(f.sparse.coalesce(index, value, m=3, n=2, op="max")[1], [[4, 5], [6, 7], [3, 4], [5, 6]])
            self.equal(f.sparse.coalesce(index, value, m=3, n=2, op="min")[1], [[2, 3], [1, 2], [3, 4], [5, 6]])
            out, values = f.sparse.transpose(index, value, m=3, n=2)
            self.equal(out, [[0, 0, 1, 1], [1, 2, 0, 1]])
            self.equal(values, [[7, 9], [5, 6], [6, 8], [3, 4]])
            out, values = f.sparse.transpose(f.tensor([[1, 0, 1, 2], [0, 1, 1, 0]]), f.tensor([1, 2, 3, 4], dtype), 3,
                                             2)
            self.equal(out, [[0, 0, 1, 1], [1, 2, 0, 1]])
            self.equal(values, [1, 4, 2, 3])
        self.equal(f.sparse.transpose(index, value, 3, 2, coalesced=False)[0], f.numpy(index)[::-1])

    def test_eye(self):
        for dtype in DTYPES:
            a = self.f.sparse.SparseTensor.eye(3, dtype=self.f.dtype(dtype))
            self.equal(a.storage.value(), [1, 1, 1])
            self.assertEqual(a.dtype(), self.f.dtype(dtype))
            index, value = self.f.sparse.eye(3, dtype=self.f.dtype(dtype))
            self.equal(index, [[0, 1, 2], [0, 1, 2]])
            self.assertEqual(value.dtype, self.f.dtype(dtype))
        for rows, cols, rowptr, colptr, rowcount, colcount in (
                (3, 4, [0, 1, 2, 3], [0, 1, 2, 3, 3], [1, 1, 1], [1, 1, 1, 0]),
                (4, 3, [0, 1, 2, 3, 3], [0, 1, 2, 3], [1, 1, 1, 0], [1, 1, 1])):
            storage = self.f.sparse.SparseTensor.eye(rows, cols, fill_cache=True).storage
            self.assertEqual(storage.num_cached_keys(), 5)
            for name, wanted in (("row", [0, 1, 2]), ("col", [0, 1, 2]), ("rowptr", rowptr), ("colptr", colptr),
                                 ("rowcount", rowcount), ("colcount", colcount), ("csr2csc", [0, 1, 2]),
                                 ("csc2csr", [0, 1, 2])):
                self.equal(getattr(storage, name)(), wanted)

    def test_diagonals(self):
        for dtype in DTYPES:
            a = self.made([0, 0, 1, 2], [0, 1, 2, 2], [1, 2, 3, 4], dtype).fill_cache_()
            for k, row, col, value, rowcount, colcount in (
                    (0, [0, 1], [1, 2], [2, 3], [1, 1, 0], [0, 1, 1]),
                    (1, [0, 2], [0, 2], [1, 4], [1, 0, 1], [1, 0, 1]),
                    (-1, [0, 0, 1, 2], [0, 1, 2, 2], [1, 2, 3, 4], [2, 1, 1], [1, 1, 2])):
                storage = a.remove_diag(k).storage
                for name, wanted in (("row", row), ("col", col), ("value", value), ("rowcount", rowcount),
                                     ("colcount", colcount)):
                    self.equal(getattr(storage, name)(), wanted)
            wide = self.made([0, 0, 9, 9], [0, 1, 0, 1], [1, 2, 3, 4], dtype)
            below = np.zeros((10, 2))
            below[[0, 0, 9, 9], [0, 1, 0, 1]] = [1, 2, 3, 4]
            below[[1, 2], [0, 1]] = 8
            self.same(wide.set_diag(self.f.tensor([8, 8], dtype), k=-1), below)
            self.same(wide.fill_diag(8, k=-1), below)
            above = below.copy()
            above[0, 1] = 8
            self.same(wide.fill_diag(8, k=-1).set_diag(self.f.tensor([8], dtype), k=1), above)
            vectors = self.made([0, 0, 1, 2], [0, 1, 2, 2], [[1, 1], [2, 2], [3, 3], [4, 4]], dtype)
            self.equal(vectors.get_diag(), [[1, 1], [0, 0], [4, 4]])
        self.equal(self.made([0, 0, 1, 2], [0, 1, 2, 2]).get_diag(), [1, 0, 1])

    def test_products_of_every_type(self):
        f, index = self.f, self.f.tensor([[0, 0, 1, 2, 2], [0, 2, 1, 0, 1]])
        for dtype in DTYPES:
            value, x = f.tensor([1, 2, 4, 1, 3], dtype), f.tensor([[1, 4], [2, 5], [3, 6]], dtype)
            self.equal(f.sparse.spmm(index, value, 3, 3, x), [[7, 16], [8, 20], [7, 19]])
            left, by_left = f.tensor([[0, 0, 1, 2, 2], [1, 2, 0, 0, 1]]), f.tensor([1, 2, 3, 4, 5], dtype)
            out, values = f.sparse.spspmm(left, by_left, f.tensor([[0, 2], [1, 0]]), f.tensor([2, 4], dtype), 3, 3, 2)
            self.equal(out, [[0, 1, 2], [0, 1, 1]])
            self.equal(values, [8, 6, 8])
            one = f.sparse.SparseTensor.eye(3, dtype=f.dtype(dtype))
            for left, right in ((one, one), (one, one.set_value(None)), (one.set_value(None), one)):
                self.same(left @ right, np.eye(3))
            self.assertFalse((one.set_value(None) @ one.set_value(None)).has_value())
        # Rows that are orthonormal: the product with the transposed is one.
        rows = np.array([[1, 0, 0, 0], [0, 3**-0.5, 3**-0.5, 3**-0.5], [0, 2**-0.5, -2**-0.5, 0]])
        for dtype in FLOATS[2:]:
            a = f.sparse.SparseTensor.from_dense(f.tensor(rows, dtype))
            for product in (a @ a.t().to_dense(), (a @ a.t()).to_dense()):
                self.close(product, np.eye(3), 1e-6)

    def test_products_and_gradients_of_every_float(self):
        f = self.f
        for dtype in FLOATS:
            for reduce in ("sum", "mean", "min", "max"):
                for empty in (2, 4):
                    dense = self.random.uniform(0.5, 2, (10, 8))
                    dense[:empty], dense[:, 2:4] = 0, 0
                    # Rounded to the type once, so that all that differs is the arithmetic.
                    dense = f.numpy(f.tensor(dense, dtype)).astype("float64")
                    x = f.numpy(f.tensor(self.random.standard_normal((2, 8, 2)), dtype)).astype("float64")
                    kept, g = dense != 0, np.ones((2, 10, 2))
                    a = f.sparse.SparseTensor.from_dense(f.tensor(dense, dtype)).requires_grad_()
                    operand = f.tensor(x, dtype, grad=True)
                    out = a.matmul(operand, reduce)
                    self.assertEqual(out.dtype, f.dtype(dtype))
                    self.close(out, [dense_product(dense, kept, x[b], reduce) for b in (0, 1)], TOLERANCE[dtype])
                    by_value, by_x = f.grad(out.sum(), [a.storage.value(), operand])
                    self.assertEqual((by_value.dtype, by_x.dtype), (f.dtype(dtype),) * 2)
                    chosen = self.weights(dense, kept, x, reduce)
                    self.close(by_value, np.einsum("bijk,bjk,bik->ij", chosen, x, g)[kept], TOLERANCE[dtype])
                    self.close(by_x, np.einsum("bijk,ij,bik->bjk", chosen, dense, g), TOLERANCE[dtype])

    def weights(self, dense, kept, x, reduce):
        """What each term counts in the result: [batch, row, column, feature]."""
        terms = dense[None, :, :, None] * x[:, None]
        there = np.broadcast_to(kept[None, :, :, None], terms.shape)
        if reduce == "sum":
            return there.astype("float64")
        if reduce == "mean":
            return there / np.maximum(there.sum(2, keepdims=True), 1)
        worst = np.inf if reduce == "min" else -np.inf
        best = getattr(np, "arg" + reduce)(np.where(there, terms, worst), axis=2)
        return (np.arange(8)[None, None, :, None] == best[:, :, None]) & there

    def test_partition(self):
        f = self.f
        complete = {"float32": self.random.standard_normal((6, 6)), "int64": np.arange(36).reshape(6, 6),
                    "float64": np.ones((6, 6))}
        for dtype, dense in complete.items():
            # One weight for both directions of an edge, and no loops, as METIS needs them.
            a = f.sparse.SparseTensor.from_dense(f.tensor(dense + dense.T, dtype)).remove_diag()
            for node_weight in (None, f.tensor(self.random.random(6), "float32")):
                for weighted in (False, True):
                    for parts in (1, 2):
                        for recursive in (False, True):
                            _, partptr, perm = a.partition(parts, recursive, weighted, node_weight)
                            self.assertEqual((partptr.shape[0], perm.shape[0]), (parts + 1, 6))
                            self.assertEqual(list(f.numpy(partptr)[[0, -1]]), [0, 6])

    def test_samples(self):
        f = self.f
        row, col = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 4, 5, 5], [1, 2, 3, 0, 2, 0, 1, 4, 5, 0, 2, 5, 2, 4]
        a = self.made(row, col, np.arange(14), sizes=(6, 6))
        drawn = f.numpy(f.sparse.sample(a, num_neighbors=1))
        self.assertTrue(((drawn >= 0) & (drawn < 6)).all())
        subset = f.tensor(np.arange(2, 6))
        out, n_id = f.sparse.sample_adj(a, subset, num_neighbors=-1)
        self.equal(n_id, [2, 3, 4, 5, 0, 1])
        for tensor, wanted in zip(out.coo(), ([0, 0, 0, 0, 1, 2, 2, 3, 3], [2, 3, 4, 5, 4, 0, 3, 0, 2],
                                              [7, 8, 5, 6, 9, 10, 11, 12, 13])):
            self.equal(tensor, wanted)
        self.assertEqual(f.sparse.sample_adj(a, subset, 2, replace=True)[0].nnz(), 8)
        self.assertEqual(f.sparse.sample_adj(a, subset, 2, replace=False)[0].nnz(), 7)
        egos = f.ops.ego_k_hop_sample_adj(*a.csr()[:2], f.tensor([0, 1]), 1, 3, False)
        for tensor, wanted in zip(egos, ([0, 3, 5, 7, 8, 10, 12, 14], [1, 2, 3, 0, 2, 0, 1, 0, 5, 6, 4, 6, 4, 5],
                                         [0, 1, 2, 3, 0, 1, 2], [0, 1, 2, 3, 4, 5, 6, 9, 0, 1, 3, 4, 5, 6], [0, 4, 7],
                                         [0, 5])):
            self.equal(tensor, wanted)
        part, edges = a.saint_subgraph(f.tensor([0, 1, 2]))
        self.equal(edges, [0, 1, 3, 4, 5, 6])
        self.equal(part.storage.value(), [0, 1, 3, 4, 5, 6])

    def test_neighbor_samples(self):
        f, sample = self.f, self.f.ops.neighbor_sample
        colptr, row, _ = self.made([0], [1], sizes=(2, 2)).csc()
        for start, counts, nodes, rows, cols in ((0, [1], [0], [], []), (1, [1], [1, 0], [1], [0]),
                                                 (1, [1, 1], [1, 0], [1], [0])):
            out = sample(colptr, row, f.tensor([start]), counts, False, False)
            for tensor, wanted in zip(out, (nodes, rows, cols)):
                self.equal(tensor, wanted)
        complete = f.tensor([0, 3, 6, 9]), f.tensor([0, 1, 2] * 3), f.tensor([0, 1])
        runs = []
        for _ in range(2):
            f.seed(42)
            runs.append([f.numpy(tensor).tolist() for tensor in sample(*complete, [1, 1], True, False)])
        self.assertEqual(runs[0], runs[1])

    def test_samples_of_several_types(self):
        """Authors write papers: paper 0 by author 0, paper 1 by both, at times."""
        f, writes = self.f, "author__writes__paper"
        types, edges = ["author", "paper"], [("author", "writes", "paper")]
        graph = {writes: f.tensor([0, 1, 3])}, {writes: f.tensor([0, 0, 1])}, {"paper": f.tensor([1])}
        nodes, row, col, edge = f.ops.hetero_neighbor_sample(types, edges, *graph, {writes: [-1]}, 1, False, True)
        self.equal(nodes["paper"], [1])
        self.equal(nodes["author"], [0, 1])
        for found, wanted in ((row, [0, 1]), (col, [0, 0]), (edge, [1, 2])):
            self.equal(found[writes], wanted)
        times = {"paper": f.tensor([5, 7]), "author": f.tensor([7, 8])}
        nodes, _, _, edge = f.ops.hetero_temporal_neighbor_sample(types, edges, *graph, {writes: [2]}, times, 1, False,
                                                                  True)
        self.equal(nodes["author"], [0])
        self.equal(edge[writes], [1])
        nodes, _, _, edge = f.ops.hgt_sample(*graph, {"author": [5], "paper": [5]}, 1)
        self.assertEqual(sorted(f.numpy(nodes["author"])), [0, 1])
        self.assertEqual(edge[writes].shape[0], 2)
        with self.assertRaisesRegex(ValueError, "num_neighbors_dict has no 'author__writes__paper'"):
            f.ops.hetero_neighbor_sample(types, edges, *graph, {}, 1, False, True)
        with self.assertRaisesRegex(ValueError, "directed is false"):
            f.ops.hetero_temporal_neighbor_sample(types, edges, *graph, {writes: [2]}, times, 1, False, False)

    def test_indices_of_32_bits(self):
        """Operators take them as they are and give them back."""
        t, ops = self.f.tensor, self.f.ops
        # 4 x 3, rows of 2, 0, 3 and 1 entries; a ring of 4 nodes.
        rowptr, col, row = [0, 2, 2, 5, 6], [0, 1, 0, 1, 2, 2], [0, 0, 2, 2, 2, 3]
        ring = [0, 2, 4, 6, 8], [1, 3, 0, 2, 1, 3, 0, 2]
        value, x = t(np.arange(1.0, 7)), t(self.random.standard_normal((3, 2)))
        calls = {
            "ind2ptr": (row, 4), "ptr2ind": (rowptr, 6), "index_sort": (col, 3), "sort_coo": (row, col, 4, 3),
            "merge_coo": (row, col, row, col), "common_coo": (row, col, row, col), "distinct_coo": (row, col),
            "reshape_coo": (row, col, 3, 6), "invert_permutation": ([2, 0, 1],), "narrow_columns": (rowptr, col, 1, 2),
            "select_rows": (rowptr, col, [3, 0]), "select_columns": (rowptr, col, 3, [2, 0]),
            "spmm": (rowptr, col, value, x, "max"),
            "saint_subgraph": ([0, 1], ring[0], [0, 0, 1, 1, 2, 2, 3, 3], ring[1]), "relabel": (col, [2, 0]),
            "sample_adj": (*ring, [0, 2], -1, False), "neighbor_sample": (*ring, [0], (-1,), False, True),
            "ego_k_hop_sample_adj": (*ring, [0], 1, 3, False), "partition": (*ring, None, 2, False),
            "reverse_cuthill_mckee": ring, "segment_sum_csr": (value, rowptr),
        }
        for name, arguments in calls.items():
            with self.subTest(name):
                wide, narrow = (getattr(ops, name)(*(t(a, kind) if isinstance(a, list) else a for a in arguments))
                                for kind in ("int64", "int32"))
                one = not isinstance(wide, (tuple, list))
                for a, b in zip((wide,) if one else wide, (narrow,) if one else narrow):
                    self.equal(b, self.f.numpy(a))
                    self.assertEqual(b.dtype, self.f.dtype("int32") if "int" in str(a.dtype) else a.dtype)

    def test_reductions_of_all_entries(self):
        value = [[1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7]]
        a = self.made([1, 0, 1, 0, 2, 1], [0, 1, 1, 1, 0, 0], value, "float64")
        for name in ("sum", "mean", "max", "min"):
            self.assertEqual(float(getattr(a, name)()), getattr(np, name)(value))
            self.assertEqual(float(getattr(self.f.sparse, name)(a)), getattr(np, name)(value))
