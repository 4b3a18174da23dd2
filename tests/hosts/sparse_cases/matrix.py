"""SparseTensor: construction, properties, values, arithmetic, reductions, conversions."""
import importlib.util
import unittest

import numpy as np

from .base import Base

DTYPES = ["float16", "bfloat16", "float32", "float64", "int32", "int64"]


class MatrixCases(Base):
    def test_made_of_dense_and_back(self):
        for width in ((), (2,), (2, 3)):
            dense = self.array(5, 4, width=width)
            matrix = self.f.sparse.SparseTensor.from_dense(self.f.tensor(dense))
            self.same(matrix, dense)
            self.assertEqual((matrix.dim(), matrix.numel()), (2 + len(width), matrix.nnz() * int(np.prod(width))))
        pattern = self.f.sparse.SparseTensor.from_dense(self.f.tensor(dense), has_value=False)
        self.equal(pattern.to_dense(), (dense != 0).any((2, 3)))
        self.assertEqual(pattern.to_dense(self.f.dtype("int32")).dtype, self.f.dtype("int32"))
        with self.assertRaisesRegex(ValueError, "from_dense: the tensor has 1 dimensions"):
            self.f.sparse.SparseTensor.from_dense(self.f.tensor([1.0]))

    def test_made_of_edges(self):
        edges = self.f.tensor([[2, 0, 1], [0, 1, 0]])
        matrix = self.f.sparse.SparseTensor.from_edge_index(edges, self.f.tensor([1.0, 2, 3]), (3, 4))
        self.same(matrix, [[0, 2, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]])
        with self.assertRaisesRegex(ValueError, "from_edge_index: edge_index has the sizes"):
            self.f.sparse.SparseTensor.from_edge_index(edges[:1])
        storage = matrix.storage
        self.assertIs(self.f.sparse.SparseTensor.from_storage(storage).storage, storage)

    def test_eye(self):
        eye = self.f.sparse.SparseTensor.eye
        for rows, cols in ((3, None), (3, 4), (4, 3), (0, 2)):
            for fill in (False, True):
                matrix = eye(rows, cols, fill_cache=fill)
                self.same(matrix, np.eye(rows, cols))
                self.assertEqual(matrix.storage.num_cached_keys(), 5 if fill else 0)
        self.assertFalse(eye(3, has_value=False).has_value())
        self.assertEqual(eye(3, dtype=self.f.dtype("int64")).dtype(), self.f.dtype("int64"))
        with self.assertRaisesRegex(ValueError, "eye: the sizes are -1"):
            eye(-1)

    def test_properties(self):
        dense = np.array([[0, 1, 0, 2], [0, 0, 3, 0], [4, 0, 0, 0]], "float64")
        a = self.matrix(dense)
        self.assertEqual((a.sparse_sizes(), a.sparse_size(1), a.sizes()), ((3, 4), 4, [3, 4]))
        self.assertEqual((a.size(-1), a.nnz()), (4, 4))
        self.assertAlmostEqual(a.density(), 1 / 3)
        self.assertAlmostEqual(a.sparsity(), 2 / 3)
        self.assertAlmostEqual(a.avg_row_length(), 4 / 3)
        self.assertEqual((a.avg_col_length(), a.bandwidth(), a.avg_bandwidth()), (1, 3, 7 / 4))
        self.assertEqual((a.bandwidth_proportion(1), a.bandwidth_proportion(3)), (0.5, 1))
        self.assertEqual((a.is_quadratic(), a.is_symmetric(), a.is_coalesced()), (False, False, True))
        self.assertEqual((a.has_value(), a.is_floating_point(), a.requires_grad(), a.is_cuda()),
                         (True, True, False, False))
        self.assertEqual(a.set_value(None).dtype(), self.f.dtype("float32"))
        with self.assertRaisesRegex(IndexError, "Dimension out of range"):
            a.size(2)
        with self.assertRaises(IndexError):
            a.sparse_size(2)

    def test_three_forms(self):
        dense, a = self.pair(5, 4)
        rowptr, col, value = a.csr()
        counts = (dense != 0).sum(1)
        self.equal(rowptr, np.concatenate([[0], np.cumsum(counts)]))
        self.equal(col, np.nonzero(dense)[1])
        colptr, row, value = a.csc()
        self.equal(colptr, np.concatenate([[0], np.cumsum((dense != 0).sum(0))]))
        self.equal(row, np.nonzero(dense.T)[1])
        self.equal(value, dense.T[dense.T != 0])

    def test_transposed(self):
        for width in ((), (2,)):
            dense, a = self.pair(5, 4, width=width)
            transposed = a.fill_cache_().t()
            self.same(transposed, dense.swapaxes(0, 1))
            self.assertEqual(transposed.storage.num_cached_keys(), 5)
            self.assertEqual(transposed.transpose(), a)
            self.same(self.f.sparse.t(a.clone().clear_cache_()), dense.swapaxes(0, 1))

    def test_symmetric(self):
        matrix = self.matrix(np.array([[1, 2, 3], [4, 0, 5], [0, 0, 0]]))
        self.assertFalse(matrix.is_symmetric())
        for reduce, dense in (("sum", [[2, 6, 3], [6, 0, 5], [3, 5, 0]]), ("max", [[1, 4, 3], [4, 0, 5], [3, 5, 0]]),
                              ("min", [[1, 2, 3], [2, 0, 5], [3, 5, 0]])):
            symmetric = matrix.to_symmetric(reduce)
            self.same(symmetric, np.array(dense))
            self.assertTrue(symmetric.is_symmetric())
        self.assertEqual(self.matrix(np.ones((2, 3))).to_symmetric().sizes(), [3, 3])

    def test_equality(self):
        a = self.matrix(np.array([[1, 2], [0, 3]]))
        self.assertEqual(a, a.clone())
        for other in (a.fill_value(1), a.set_value(None), a.t(), a.sparse_resize((3, 2)), a.float(),
                      a.set_value(self.f.tensor([1, 2, 4]), layout="coo"), 3):
            self.assertNotEqual(a, other)
        with self.assertRaises(TypeError):
            hash(a)

    def test_text(self):
        text = repr(self.matrix(np.array([[0, 2], [3, 0]])))
        self.assertRegex(text, r"^SparseTensor\(row=[\s\S]*\n             col=[\s\S]*\n             val=[\s\S]*\n"
                               r"             size=\(2, 2\), nnz=2, density=50\.00%\)$")
        self.assertNotIn("val=", repr(self.matrix(np.ones((2, 2)), has_value=False)))

    def test_values(self):
        a = self.matrix(np.array([[1, 2], [0, 3]]))
        a.storage.colptr()
        b = a.set_value(self.f.tensor([7.0, 8, 9]), layout="csc")
        self.same(b, [[7, 8], [0, 9]])
        self.assertIn("colptr", b.storage.cached_keys())
        self.equal(a.storage.value(), [1, 2, 3])
        self.equal(a.fill_value(2).storage.value(), [2, 2, 2])
        self.assertEqual(a.fill_value(2, self.f.dtype("int32")).dtype(), self.f.dtype("int32"))
        shared = a.copy()
        self.assertIs(a.fill_value_(4), a)
        self.equal(a.storage.value(), [4, 4, 4])
        self.equal(shared.storage.value(), [1, 2, 3])
        self.assertIs(a.set_value_(None), a)
        self.assertFalse(a.has_value())
        with self.assertRaisesRegex(ValueError, r"value has the sizes \[2\]"):
            a.set_value(self.f.tensor([1.0, 2]), layout="coo")

    def test_gradients_wanted(self):
        a = self.matrix(np.array([[1.0, 2]]))
        other = a.copy()
        self.assertTrue(a.requires_grad_().requires_grad())
        self.assertFalse(other.requires_grad())
        self.assertFalse(a.detach().requires_grad())
        self.assertTrue(a.requires_grad())
        self.assertFalse(a.detach_().requires_grad())
        pattern = self.matrix(np.ones((2, 2)), has_value=False)
        self.assertFalse(pattern.requires_grad_(False).has_value())
        self.assertEqual(pattern.requires_grad_(dtype=self.f.dtype("float64")).dtype(), self.f.dtype("float64"))
        with self.assertRaisesRegex(ValueError, "have no gradient"):
            self.matrix(np.array([[1]])).requires_grad_()

    def test_types(self):
        a = self.matrix(np.array([[1.0, 2]]))
        names = {"bfloat16": "bfloat16", "half": "float16", "float": "float32", "double": "float64", "char": "int8",
                 "byte": "uint8", "short": "int16", "int": "int32", "long": "int64", "bool": "bool"}
        for method, name in names.items():
            converted = getattr(a, method)()
            self.assertEqual(converted.dtype(), self.f.dtype(name))
            self.assertEqual(converted[:, 1:].sizes(), [1, 1])
            self.assertEqual(a.to(self.f.dtype(name)).dtype(), self.f.dtype(name))
        both = a.to("cpu", self.f.dtype("float32"))
        self.assertEqual((both.dtype(), both.device()), (self.f.dtype("float32"), a.cpu().device()))
        self.assertEqual(a.to(self.f.tensor([1])).dtype(), self.f.dtype("int64"))
        self.assertEqual(a.type_as(self.f.tensor([1])).dtype(), self.f.dtype("int64"))
        with self.assertRaises((TypeError, RuntimeError)):
            a.to(colour="red")

    def test_duplicates(self):
        make = self.f.sparse.SparseTensor
        a = make(row=self.f.tensor([0, 0, 1]), col=self.f.tensor([1, 1, 0]), value=self.f.tensor([1.0, 2, 3]))
        self.assertEqual((a.nnz(), a.is_coalesced()), (3, False))
        self.equal(a.to_dense(), [[0, 2], [3, 0]])
        self.same(a.coalesce(), [[0, 3], [3, 0]])
        self.same(a.coalesce("max"), [[0, 2], [3, 0]])

    def test_sum_with_dense(self):
        dense, a = self.pair(4, 3)
        kept = dense != 0
        for other in (np.arange(1.0, 5).reshape(4, 1), np.arange(1.0, 4).reshape(1, 3)):
            operand = self.f.tensor(other)
            for result in (a + operand, operand + a, a.add(operand), self.f.sparse.add(a, operand)):
                self.same(result, np.where(kept, dense + other, 0))
            for result in (a * operand, operand * a, a.mul(operand), self.f.sparse.mul(a, operand)):
                self.same(result, dense * other)
            pattern = a.set_value(None)
            self.same(pattern + operand, np.where(kept, 1 + other, 0))
            self.same(pattern * operand, np.where(kept, other, 0))
        wide = np.arange(1.0, 9).reshape(4, 1, 2)
        self.same(a * self.f.tensor(wide), dense[..., None] * wide)
        for wrong in (np.ones((4, 3)), np.ones((3, 1)), np.ones(4)):
            for function in (a.add, a.mul):
                words = r"^Size mismatch: Expected size \(4, 1, ...\) or \(1, 3, ...\), but got size \["
                with self.assertRaisesRegex(ValueError, words):
                    function(self.f.tensor(wrong))
        with self.assertRaisesRegex(NotImplementedError, "a tensor or a SparseTensor is needed"):
            a + 1

    def test_in_place(self):
        dense, a = self.pair(4, 3)
        operand, same = self.f.tensor(np.full((4, 1), 2.0)), a
        a += operand
        a *= operand
        self.assertIs(a, same)
        self.same(a, np.where(dense != 0, (dense + 2) * 2, 0))
        a += self.f.sparse.SparseTensor.eye(4, 3, dtype=self.f.dtype("float64"))
        self.same(a, np.where(dense != 0, (dense + 2) * 2, 0) + np.eye(4, 3))

    def test_sum_of_sparse(self):
        for dtype in DTYPES:
            (dense, a), (other, b) = self.pair(5, 4), self.pair(3, 6)
            a, b = a.type(self.f.dtype(dtype)), b.type(self.f.dtype(dtype))
            wanted = np.zeros((5, 6))
            wanted[:5, :4] += dense
            wanted[:3, :6] += other
            self.same(a + b, wanted)
            self.assertEqual((a + b).dtype(), self.f.dtype(dtype))
        self.assertFalse((a + b.set_value(None)).has_value())
        with self.assertRaisesRegex(ValueError, "add: the values of both"):
            a + self.matrix(self.array(5, 4, width=(2,)))

    def test_product_of_entries(self):
        (dense, a), (other, b) = self.pair(5, 4, 0.6), self.pair(5, 4, 0.6)
        product = a * b
        self.same(product, dense * other)
        self.assertEqual(product.nnz(), np.count_nonzero(dense * other))
        left, right = self.matrix(np.eye(3)), self.matrix(np.eye(3)[::-1].copy())
        self.assertEqual(left.sparse_resize((3, 3)).remove_diag().mul(right).nnz(), 0)
        with self.assertRaisesRegex(ValueError, "Both sparse tensors must contain values"):
            a * b.set_value(None)
        twice = self.f.sparse.cat([a, a], dim=0).sparse_reshape(5, 8)
        double = self.f.sparse.SparseTensor(row=self.f.tensor([0, 0]), col=self.f.tensor([0, 0]),
                                            value=self.f.tensor([1.0, 1]))
        self.assertTrue(twice.is_coalesced())
        with self.assertRaisesRegex(ValueError, "The `src` tensor is not coalesced"):
            double * b
        with self.assertRaisesRegex(ValueError, "The `other` tensor is not coalesced"):
            b * double

    def test_per_entry(self):
        a = self.matrix(np.array([[1.0, 2], [3, 4]]))
        other = self.f.tensor([1.0, 2, 3, 4])
        self.same(a.add_nnz(other, layout="coo"), [[2, 4], [6, 8]])
        self.same(a.mul_nnz(other, layout="coo"), [[1, 4], [9, 16]])
        self.same(a.set_value(None).mul_nnz(other, layout="csc"), [[1, 3], [2, 4]])
        self.assertIs(a.add_nnz_(other, layout="coo").mul_nnz_(other, layout="coo"), a)
        self.same(a, [[2, 8], [18, 32]])
        with self.assertRaisesRegex(ValueError, "mul_nnz: the operand has the sizes"):
            a.mul_nnz(other[:3], layout="coo")

    def test_reductions(self):
        for width in ((), (2,)):
            dense, a = self.pair(6, 5, width=width)
            dense[:, 2] = dense[3] = 0
            a = self.matrix(dense)
            kept = (dense != 0).reshape(6, 5, -1).any(2)
            for axis in (0, 1):
                counts = np.maximum(kept.sum(axis), 1).reshape(-1, *(1 for _ in width))
                self.equal(a.sum(axis), dense.sum(axis))
                self.close(a.mean(dim=axis), dense.sum(axis) / counts)
                self.equal(a.max(axis), dense.max(axis))
                least = np.where(dense == 0, 99, dense).min(axis)
                self.equal(a.min(axis), np.where(least == 99, 0, least))
                self.equal(a.set_value(None).sum(axis), kept.sum(axis))
                self.equal(a.set_value(None).max(axis), np.ones(kept.shape[1 - axis]))
            stored = dense[kept]
            for name in ("sum", "mean", "min", "max"):
                self.close(getattr(a, name)(), getattr(np, name)(stored))
                self.assertEqual(float(getattr(a.set_value(None), name)()), len(stored) if name == "sum" else 1)
                if width:
                    self.close(getattr(a, name)(-1), getattr(np, name)(stored, axis=1))
        self.equal(self.f.sparse.sum(a, 0), dense.sum(0))
        with self.assertRaisesRegex(IndexError, "Dimension out of range"):
            a.sum(3)

    def test_gradients_of_arithmetic(self):
        dense = self.array(4, 5)
        pattern = self.matrix(dense)
        value = pattern.storage.value()
        with_value = lambda v: pattern.set_value(v, layout="coo")  # noqa: E731
        by_row, by_col = self.f.tensor(self.random.random((4, 1))), self.f.tensor(self.random.random((1, 5)))
        self.check_gradients(lambda v, r, c: ((with_value(v) * r) + c).to_dense(), value, by_row, by_col)
        self.check_gradients(lambda v: (with_value(v) + with_value(v).t().sparse_resize((6, 6))).to_dense(), value)
        self.check_gradients(lambda v: (with_value(v) * with_value(v)[:, :].fill_value(2, v.dtype)).sum(1), value)
        for name in ("sum", "mean", "min", "max"):
            for dim in (0, 1):
                self.check_gradients(lambda v: getattr(with_value(v), name)(dim), value)
        self.check_gradients(lambda v: with_value(v).to_symmetric().coalesce().storage.value(), value)

    def test_function_forms(self):
        s, t = self.f.sparse, self.f.tensor
        index = t([[1, 0, 1, 0, 2, 1], [0, 1, 1, 1, 0, 0]])
        value = t([[1.0, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7]])
        out = s.coalesce(index, value, m=3, n=2)
        self.equal(out[0], [[0, 1, 1, 2], [1, 0, 1, 0]])
        self.equal(out[1], [[6, 8], [7, 9], [3, 4], [5, 6]])
        self.equal(s.coalesce(index, value, 3, 2, op="max")[1], [[4, 5], [6, 7], [3, 4], [5, 6]])
        self.assertIsNone(s.coalesce(index, None, 3, 2)[1])
        out = s.transpose(index, value, 3, 2)
        self.equal(out[0], [[0, 0, 1, 1], [1, 2, 0, 1]])
        self.equal(out[1], [[7, 9], [5, 6], [6, 8], [3, 4]])
        self.equal(s.transpose(index, value, 3, 2, coalesced=False)[0], [[0, 1, 1, 1, 0, 0], [1, 0, 1, 0, 2, 1]])
        index, value = s.eye(3, dtype=self.f.dtype("float64"))
        self.equal(index, [[0, 1, 2], [0, 1, 2]])
        self.equal(value, [1.0, 1, 1])
        out = s.spadd(index, value, t([[0, 2], [0, 1]]), t([5.0, 7]), 3, 3)
        self.equal(out[0], [[0, 1, 2, 2], [0, 1, 1, 2]])
        self.equal(out[1], [6, 1, 7, 1])

    @unittest.skipUnless(importlib.util.find_spec("scipy"), "SciPy is not installed")
    def test_scipy(self):
        dense, a = self.pair(5, 4)
        make = self.f.sparse.SparseTensor
        for layout in ("coo", "csr", "csc"):
            matrix = a.to_scipy(layout=layout)
            self.assertEqual(matrix.format, layout)
            np.testing.assert_array_equal(matrix.todense(), dense)
            self.assertEqual(make.from_scipy(matrix), a)
            self.assertEqual(make.from_scipy(matrix, has_value=False), a.set_value(None))
        np.testing.assert_array_equal(a.set_value(None).to_scipy("csr").todense(), dense != 0)
        index, value = self.f.sparse.from_scipy(matrix)
        self.same(make.from_edge_index(index, value, (5, 4)), dense)
        np.testing.assert_array_equal(self.f.sparse.to_scipy(index, value, 5, 4).todense(), dense)
        with self.assertRaisesRegex(ValueError, "one of scipy.sparse is needed"):
            make.from_scipy(dense)
