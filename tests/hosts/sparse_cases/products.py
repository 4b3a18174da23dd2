"""Products with dense and sparse matrices, and their derivatives."""
import numpy as np

from .base import Base

REDUCTIONS = ["sum", "add", "mean", "min", "max"]


def dense_product(dense, kept, x, reduce):
    """By definition: the reduction over the stored entries of a_ij · x_j; of none 0."""
    out = np.zeros((dense.shape[0], x.shape[1]))
    for i in range(dense.shape[0]):
        terms = dense[i, kept[i], None] * x[kept[i]]
        if len(terms):
            out[i] = getattr(np, "sum" if reduce == "add" else reduce)(terms, axis=0)
    return out


class ProductCases(Base):
    def test_with_dense(self):
        for rows, cols, width in ((10, 8, 16), (7, 9, 1), (4, 3, 0), (0, 5, 2)):
            dense = self.array(rows, cols)
            dense[:2] = dense[4:5] = 0
            kept, a = dense != 0, self.matrix(dense)
            x = self.random.standard_normal((cols, width))
            operand = self.f.tensor(x)
            for reduce in REDUCTIONS:
                self.close(a.matmul(operand, reduce=reduce), dense_product(dense, kept, x, reduce))
                self.close(a.set_value(None).spmm(operand, reduce),
                           dense_product(np.ones_like(dense), kept, x, reduce))
            self.close(a @ operand, dense @ x)
            self.close(self.f.sparse.matmul(a, operand), dense @ x)

    def test_with_vectors_and_batches(self):
        dense, a = self.pair(6, 5)
        x = self.random.standard_normal((2, 3, 5, 4))
        self.close(a @ self.f.tensor(x[0, 0, :, 0]), dense @ x[0, 0, :, 0])
        self.close(a @ self.f.tensor(x[0]), dense @ x[0])
        self.close(a @ self.f.tensor(x), dense @ x)
        self.close(a.matmul(self.f.tensor(x[0]), "max")[1], dense_product(dense, dense != 0, x[0, 1], "max"))

    def test_types(self):
        dense, a = self.pair(6, 5)
        x = self.random.integers(1, 5, (5, 3))
        for name, rtol in (("float16", 0), ("bfloat16", 0), ("float32", 0), ("int32", 0), ("int64", 0)):
            for values in (a, a.type(self.f.dtype(name)), a.type(self.f.dtype("int64"))):
                # Whole numbers below 256 are exact in all of them.
                product = values @ self.f.tensor(x, name)
                self.assertEqual(product.dtype, self.f.dtype(name))
                self.equal(product, dense @ x)

    def test_gradients(self):
        dense = self.array(6, 5, 0.5)
        dense[2] = 0
        pattern = self.matrix(dense)
        value = self.f.tensor(self.random.standard_normal(pattern.nnz()))
        x = self.f.tensor(self.random.standard_normal((5, 3)))
        for reduce in REDUCTIONS:
            self.check_gradients(lambda v, y: pattern.set_value(v, layout="coo").matmul(y, reduce), value, x)
            self.check_gradients(lambda y: pattern.set_value(None).matmul(y, reduce), x)
        batch = self.f.tensor(self.random.standard_normal((2, 5, 3)))
        self.check_gradients(lambda v, y: pattern.set_value(v, layout="coo") @ y, value, batch)

    def test_gradients_are_those_of_the_definition(self):
        dense = self.array(6, 5, 0.5)
        a = self.matrix(dense).requires_grad_()
        x = self.f.tensor(self.random.standard_normal((5, 3)), grad=True)
        g = self.random.standard_normal((6, 3))
        by_value, by_x = self.f.grad(((a @ x) * self.f.tensor(g)).sum(), [a.storage.value(), x])
        self.close(by_value, (g @ self.f.numpy(x).T)[dense != 0])
        self.close(by_x, dense.T @ g)
        # What the backward pass needed stays for the next one.
        self.assertIn("csr2csc", a.storage.cached_keys())

    def test_ties_go_to_the_first(self):
        a = self.matrix(np.array([[2.0, 2, 2]])).requires_grad_()
        x = self.f.tensor([[1.0], [1], [0]], "float64", grad=True)
        by_value, by_x = self.f.grad(a.matmul(x, "max").sum(), [a.storage.value(), x])
        self.equal(by_value, [1, 0, 0])
        self.equal(by_x, [[2], [0], [0]])

    def test_faults(self):
        dense, a = self.pair(3, 4)
        x = self.f.tensor(np.ones((4, 2)))
        with self.assertRaisesRegex(ValueError, "matmul: there is no reduction 'mul'; sum, add, mean, min, max"):
            a.matmul(x, reduce="mul")
        with self.assertRaisesRegex(ValueError, "matmul: the operand is list"):
            a.matmul([1, 2])
        with self.assertRaisesRegex(ValueError, "has 4 columns but the operand has 3 rows"):
            a @ x[:3]
        with self.assertRaisesRegex(ValueError, "has 4 columns but the operand has 3 rows"):
            a @ a
        with self.assertRaisesRegex(ValueError, "the values of the matrix have 2 dimensions"):
            self.matrix(self.array(3, 4, width=(2,))) @ x
        for reduce in ("mean", "min", "max"):
            with self.assertRaisesRegex(NotImplementedError, f"'{reduce}' is not implemented"):
                a.matmul(a.t(), reduce)

    def test_sparse_with_sparse(self):
        (dense, a), (other, b) = self.pair(6, 5), self.pair(5, 7)
        ones, other_ones = (dense != 0).astype(float), (other != 0).astype(float)
        product = a @ b
        self.same(product, dense @ other)
        self.assertEqual(product.nnz(), np.count_nonzero(ones @ other_ones))
        self.same(a.spspmm(b.set_value(None)), dense @ other_ones)
        self.same(a.set_value(None).matmul(b), ones @ other)
        pattern = a.set_value(None) @ b.set_value(None)
        self.assertFalse(pattern.has_value())
        self.equal(pattern.to_dense(), ones @ other_ones != 0)
        empty = a[:0] @ b
        self.assertEqual((empty.sizes(), empty.nnz()), ([0, 7], 0))

    def test_gradients_of_sparse_with_sparse(self):
        a, b = self.matrix(self.array(6, 5)), self.matrix(self.array(5, 7))
        self.check_gradients(lambda v, w: (a.set_value(v, layout="coo") @ b.set_value(w, layout="coo")).storage.value(),
                             a.storage.value(), b.storage.value())

    def test_function_forms(self):
        s, t = self.f.sparse, self.f.tensor
        index = t([[2, 0, 0, 0, 1], [1, 0, 2, 2, 1]])
        value, x = t([4.0, 1, 1, 1, 2]), t([[1.0, 4], [2, 5], [3, 6]])
        self.equal(s.spmm(index, value, 3, 3, x), [[7, 16], [4, 10], [8, 20]])
        self.equal(s.spmm(index, value, 3, 3, x[:, 0]), [[7], [4], [8]])
        self.equal(s.spmm(index, None, 3, 3, x), [[7, 16], [2, 5], [2, 5]])
        self.equal(s.spmm(index, value, 3, 3, t([[1], [2], [3]])), [[7], [4], [8]])
        a, va = t([[0, 0, 1, 2, 2], [1, 2, 0, 0, 1]]), t([1.0, 2, 3, 4, 5])
        b, vb = t([[0, 2], [1, 0]]), t([2.0, 4])
        for coalesced in (False, True):
            out, values = s.spspmm(a, va, b, vb, 3, 3, 2, coalesced=coalesced)
            self.equal(out, [[0, 1, 2], [0, 1, 1]])
            self.equal(values, [8, 6, 8])
        # In any order, as torch_sparse takes them with coalesced=True.
        mixed = np.array([4, 2, 0, 3, 1])
        out, values = s.spspmm(t(self.f.numpy(a)[:, mixed]), t(self.f.numpy(va)[mixed]), b, vb, 3, 3, 2, coalesced=True)
        self.equal(values, [8, 6, 8])
