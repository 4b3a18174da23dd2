#!/usr/bin/env python3
"""torch.ops.spinel.cfconv, edge_product, neighbor_list and products of sparse matrices as Python sees them.

Usage: operators_test.py LIBRARY
"""
import sys
import unittest

import torch
import torch.fx.experimental.proxy_tensor

torch.ops.load_library(sys.argv.pop(1))
OPS = torch.ops.spinel
I = torch.tensor([0, 0, 1, 3, 2, 3])
J = torch.tensor([1, 2, 0, 3, 0, 0])


class ContinuousFilterConvolution(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        self.x = torch.randn(4, 5, dtype=torch.double, requires_grad=True)
        self.w = torch.randn(6, 5, dtype=torch.double, requires_grad=True)

    def test_definition(self):
        wanted = torch.zeros(4, 5, dtype=torch.double).index_add(0, I, self.x[J] * self.w)
        torch.testing.assert_close(OPS.cfconv(self.x, self.w, I, J), wanted)
        torch.testing.assert_close(OPS.edge_product(self.x, self.x, I, J), self.x[I] * self.x[J])
        torch.testing.assert_close(OPS.cfconv(self.x.float(), self.w.float(), I, J), wanted.float())

    def test_derivatives_to_the_second_order(self):
        for function, args in ((lambda x, w: OPS.cfconv(x, w, I, J), (self.x, self.w)),
                               (lambda a, b: OPS.edge_product(a, b, I, J), (self.x, self.x.detach().clone().requires_grad_()))):
            self.assertTrue(torch.autograd.gradcheck(function, args))
            self.assertTrue(torch.autograd.gradgradcheck(function, args))

    def test_opcheck(self):
        torch.library.opcheck(OPS.cfconv.default, (self.x, self.w, I, J))
        torch.library.opcheck(OPS.edge_product.default, (self.x, self.x, I, J))

    def test_errors(self):
        for words, args in ((r"edge 0 joins atoms 4 and 1", (self.x, self.w, I + 4, J)),
                            (r"idx_i is torch|idx_i is int32", (self.x, self.w, I.int(), J)),
                            (r"width and type", (self.x, self.w[:, :3], I, J)),
                            (r"there are 6", (self.x, self.w, I[:5], J)),
                            (r"2 are needed", (self.x[0], self.w, I, J))):
            with self.assertRaisesRegex(RuntimeError, words):
                OPS.cfconv(*args)


class NeighborList(unittest.TestCase):
    def test_open_box(self):
        positions = torch.tensor([[0.0, 0, 0], [0, 0, 1], [0, 3, 0]])
        pairs, shifts = OPS.neighbor_list(positions, torch.eye(3), [False] * 3, 2.0)
        self.assertEqual(pairs.tolist(), [[0, 1], [1, 0]])
        self.assertEqual(shifts.tolist(), [[0, 0, 0], [0, 0, 0]])
        half, _ = OPS.neighbor_list(positions, torch.eye(3), [False] * 3, 2.0, half=True)
        self.assertEqual(half.tolist(), [[0], [1]])

    def test_periodic_images_have_the_distance_that_was_asked_for(self):
        torch.manual_seed(1)
        cell = 4 * torch.eye(3, dtype=torch.double) + 0.3 * torch.randn(3, 3, dtype=torch.double)
        positions = (torch.rand(7, 3, dtype=torch.double) @ cell).requires_grad_()
        (i, j), shifts = OPS.neighbor_list(positions, cell, [True] * 3, 3.0)
        vectors = positions[j] - positions[i] + shifts.double() @ cell
        self.assertLess(vectors.norm(dim=1).max().item(), 3.0)
        images = torch.cartesian_prod(*[torch.arange(-3.0, 4.0, dtype=torch.double)] * 3) @ cell
        every = (positions[None, :, None] - positions[:, None, None] + images).norm(dim=-1)
        self.assertEqual(i.numel(), ((every < 3.0) & (every > 0)).sum().item())
        vectors.norm(dim=1).sum().backward()
        self.assertEqual(positions.grad.shape, positions.shape)

    def test_errors(self):
        positions, cell = torch.zeros(2, 3), torch.eye(3)
        for words, args in ((r"cutoff is -1", (positions, cell, [False] * 3, -1.0)),
                            (r"positions has sizes \[2, 2\]", (positions[:, :2], cell, [False] * 3, 1.0)),
                            (r"all of it must be finite", (positions / 0, cell, [False] * 3, 1.0))):
            with self.assertRaisesRegex(RuntimeError, words):
                OPS.neighbor_list(*args)


class SparseProducts(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)
        # Rows of 2, 0, 3 and 1 entries.
        self.rowptr, self.col = torch.tensor([0, 2, 2, 5, 6]), torch.tensor([1, 0, 2, 1, 0, 2])
        self.row = torch.tensor([0, 0, 2, 2, 2, 3])
        self.value = torch.randn(6, dtype=torch.double, requires_grad=True)
        self.mat = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
        self.left = torch.randn(4, 4, dtype=torch.double, requires_grad=True)

    def products(self):
        pattern = (self.rowptr, self.col)
        yield lambda v, x: OPS.spmm_sum(None, *pattern, v, None, None, x), (self.value, self.mat)
        yield lambda v, x: OPS.spmm_mean(self.row, *pattern, v, None, None, None, x), (self.value, self.mat)
        yield lambda v, x: OPS.spmm_max(*pattern, v, x)[0], (self.value, self.mat)
        yield lambda v, x: OPS.spmm(*pattern, v, x, "min"), (self.value, self.mat)
        yield lambda a, b: OPS.sampled_product(*pattern, a, b), (self.left, self.mat)
        # A · Aᵀ needs as many columns as rows: the transpose has 3 rows and 4 columns.
        colptr, csr2csc = torch.tensor([0, 2, 4, 6]), torch.argsort(self.col, stable=True)
        yield lambda a, b: OPS.spspmm_csr(*pattern, a, colptr, self.row[csr2csc], b, 4)[2], (self.value, self.value * 2)

    def test_definition(self):
        wanted = torch.zeros(4, 4, dtype=torch.double).index_add(0, self.row, self.value[:, None] * self.mat[self.col])
        torch.testing.assert_close(OPS.spmm_sum(None, self.rowptr, self.col, self.value, None, None, self.mat), wanted)
        torch.testing.assert_close(OPS.spmm(self.rowptr, self.col, self.value, self.mat), wanted)

    def test_derivatives_to_the_second_order(self):
        for function, args in self.products():
            args = tuple(x.detach().clone().requires_grad_() for x in args)
            self.assertTrue(torch.autograd.gradcheck(function, args))
            self.assertTrue(torch.autograd.gradgradcheck(function, args))

    def test_opcheck(self):
        pattern, none = (self.rowptr, self.col), (None,) * 3
        torch.library.opcheck(OPS._spmm.default, (self.mat, *pattern, self.value, *none, True))
        torch.library.opcheck(OPS._spmm.default, (self.mat, *pattern, *none, None, False))
        torch.library.opcheck(OPS._spmm_transposed.default, (self.left, *pattern, self.value, *none, [3, 4], True))
        torch.library.opcheck(OPS._sampled_product.default, (self.left, self.mat, *pattern, *none, False))
        torch.library.opcheck(OPS._spmm_select.default, (self.mat, *pattern, self.value, True, 2))
        selected = OPS.spmm_max(*pattern, self.value, self.mat)[1]
        torch.library.opcheck(OPS._selected_product.default, (self.mat, *pattern, self.value, selected))
        torch.library.opcheck(OPS._selected_transposed.default, (self.left, *pattern, self.value, selected, [3, 4]))
        torch.library.opcheck(OPS._selected_sampled.default, (self.left, self.mat, *pattern, selected))

    def test_is_traced_with_symbolic_sizes(self):
        function = lambda rowptr, col, v, x: OPS.spmm(rowptr, col, v, x, "mean").sum()
        args = (self.rowptr, self.col, self.value, self.mat)
        made = torch.fx.experimental.proxy_tensor.make_fx(function, tracing_mode="symbolic")(*args)
        torch.testing.assert_close(made(*args), function(*args))


if __name__ == "__main__":
    unittest.main()
