"""What all cases share: random matrices beside their dense arrays, and comparison with those."""
import unittest

import numpy as np


class Base(unittest.TestCase):
    f = None

    def setUp(self):
        self.random = np.random.default_rng(7)
        self.f.seed(7)

    def array(self, rows, cols, share=0.3, width=()):
        """A dense array with about that share of entries; no stored entry is 0."""
        kept = self.random.random((rows, cols)) < share
        values = self.random.integers(1, 9, (rows, cols, *width))
        return (values * kept.reshape(rows, cols, *(1 for _ in width))).astype("float64")

    def matrix(self, dense, grad=False, has_value=True):
        """The dense array as a sparse matrix; grad: its values are a leaf."""
        row, col = np.nonzero((dense != 0).any(tuple(range(2, dense.ndim))))
        value = self.f.tensor(dense[row, col], grad=grad) if has_value else None
        return self.f.sparse.SparseTensor(row=self.f.tensor(row), col=self.f.tensor(col), value=value,
                                          sparse_sizes=dense.shape[:2])

    def pair(self, *args, **kwargs):
        dense = self.array(*args, **kwargs)
        return dense, self.matrix(dense)

    def equal(self, tensor, array):
        array = np.asarray(array)
        got = self.f.numpy(tensor)
        self.assertEqual(list(got.shape), list(array.shape))
        np.testing.assert_array_equal(got, array)

    def close(self, tensor, array, rtol=1e-12):
        np.testing.assert_allclose(self.f.numpy(tensor), array, rtol=rtol, atol=rtol)

    def same(self, matrix, dense):
        """The matrix is sound and is the dense array."""
        self.equal(matrix.to_dense(), dense)
        self.assertEqual(matrix.sizes(), list(np.shape(dense)))
        self.sound(matrix)

    def sound(self, matrix):
        """All that the matrix keeps is what a matrix made of its entries alone derives."""
        row, col, value = matrix.coo()
        fresh = self.f.sparse.SparseStorage(row=row, col=col, value=value, sparse_sizes=matrix.sparse_sizes())
        for name in ("row", "col", "rowptr", *matrix.storage.cached_keys()):
            self.equal(getattr(matrix.storage, name)(), self.f.numpy(getattr(fresh, name)()))

    def check_gradients(self, function, *tensors):
        """First and second derivatives of a sum of cubes against finite differences along one direction."""
        f = self.f
        arrays = [f.numpy(tensor) for tensor in tensors]
        directions = [self.random.standard_normal(array.shape) for array in arrays]

        def first(step):
            moved = [f.tensor(a + step * d, grad=True) for a, d in zip(arrays, directions)]
            y = (function(*moved)**3).sum()
            gradients = f.grad(y, moved, create_graph=True)
            slope = sum((g * f.tensor(d)).sum() for g, d in zip(gradients, directions))
            return moved, y, slope

        step = 1e-6
        low, high = first(-step), first(step)
        moved, _, slope = first(0)
        number = lambda tensor: float(f.numpy(tensor))  # noqa: E731
        wanted = (number(high[1]) - number(low[1])) / (2 * step)
        self.assertAlmostEqual(number(slope) / wanted, 1, places=6)
        curvature = sum(number((g * f.tensor(d)).sum()) for g, d in zip(f.grad(slope, moved), directions))
        wanted = (number(high[2]) - number(low[2])) / (2 * step)
        self.assertAlmostEqual(curvature / wanted, 1, places=5)
