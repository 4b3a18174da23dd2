#!/usr/bin/env python3
"""torch.ops.spinel.max_pool{1,2,3}d as Python sees them: schema, shapes without data, gradients, torch.compile's tracing.

Usage: max_pool_test.py LIBRARY
"""
import sys
import unittest

import torch
import torch.nn.functional as F

torch.ops.load_library(sys.argv.pop(1))
OPS = {n: getattr(torch.ops.spinel, f"max_pool{n}d") for n in (1, 2, 3)}
WITH_INDICES = {n: getattr(torch.ops.spinel, f"max_pool{n}d_with_indices") for n in (1, 2, 3)}
REFERENCE = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
SIZES = {1: (2, 3, 13), 2: (2, 3, 9, 8), 3: (1, 2, 7, 6, 8)}


class MaxPool(unittest.TestCase):
    def test_opcheck(self):
        for n in OPS:
            x = torch.randn(SIZES[n], dtype=torch.double, requires_grad=True)
            torch.library.opcheck(OPS[n].default, (x, [3], [2], [1], [2]))
        x = torch.randn(2, 4, 9, 8, requires_grad=True).to(memory_format=torch.channels_last)
        torch.library.opcheck(WITH_INDICES[2].default, (x, [3], [2], [1], [2]), {"ceil_mode": True})

    def test_opcheck_of_derivatives(self):
        window = [0, 3, 2, 2, 1, 1, 3, 2, 2, 1, 1]
        x = torch.randn(2, 4, 9, 8)
        y, indices = torch.ops.spinel._max_pool(x, window, 3)
        dy = torch.randn_like(y).requires_grad_()
        torch.library.opcheck(torch.ops.spinel._max_pool_backward.default, (dy, indices, list(x.shape), window))
        torch.library.opcheck(torch.ops.spinel._max_pool_gather.default, (x.requires_grad_(), indices, window))

    def test_gradients(self):
        for n in OPS:
            # Distinct values far apart: finite differences must not change who wins.
            count = torch.Size(SIZES[n]).numel()
            x = torch.randperm(count).double().view(SIZES[n]).requires_grad_()
            for args in (([3], [2], [1], [2]), ([2], [1], [0], [1])):
                self.assertTrue(torch.autograd.gradcheck(lambda t: OPS[n](t, *args), x))
                self.assertTrue(torch.autograd.gradgradcheck(lambda t: OPS[n](t, *args), x))

    def test_agrees_with_torch(self):
        for n in OPS:
            x = torch.randn(SIZES[n])
            for k, s, p, d, ceil in ((2, None, 0, 1, False), (3, 2, 1, 2, False), (3, 1, 1, 1, True), (2, 3, 1, 3, True)):
                wanted, where = REFERENCE[n](x, k, s, p, d, ceil_mode=ceil, return_indices=True)
                arguments = (x, [k], [s] if s else [], [p], [d], ceil)
                self.assertTrue(torch.equal(OPS[n](*arguments), wanted))
                y, indices = WITH_INDICES[n](*arguments)
                self.assertTrue(torch.equal(y, wanted) and torch.equal(indices, where))

    def test_errors(self):
        x = torch.zeros(1, 2, 8, 8)
        with self.assertRaisesRegex(RuntimeError, "pad should be at most half of effective kernel size"):
            OPS[2](x, [2], [2], [2])
        with self.assertRaisesRegex(RuntimeError, "stride should not be zero"):
            OPS[2](x, [2], [0])
        with self.assertRaisesRegex(RuntimeError, r"Calculated output size: \(2x0x0\)\. Output size is too small"):
            OPS[2](x, [9])
        with self.assertRaisesRegex(NotImplementedError, "\"max_pool2d\" not implemented for 'Bool'"):
            OPS[2](x.bool(), [2])
        with self.assertRaisesRegex(RuntimeError, r"max_pool1d\(\) kernel_size must be greater than zero, but got 0"):
            OPS[1](x[0], [0])

    def test_only_values_have_a_gradient(self):
        x = torch.randn(1, 2, 8, 8, requires_grad=True)
        with torch.no_grad():
            self.assertFalse(OPS[2](x, [2]).requires_grad)
        y, indices = WITH_INDICES[2](x, [2])
        self.assertTrue(y.requires_grad)
        self.assertFalse(indices.requires_grad)


if __name__ == "__main__":
    unittest.main()
