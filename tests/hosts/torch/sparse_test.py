#!/usr/bin/env python3
"""spinel.sparse: the cases of both frameworks, and what PyTorch has of its own.

PYTHONPATH names the folder that holds the package: build/release/python.
"""
import os
import sys
import unittest

import numpy as np
import torch

import spinel.sparse
from spinel.operators import checked_ops

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sparse_cases  # noqa: E402


class Torch:
    name = "torch"
    sparse, ops = spinel.sparse, checked_ops

    @staticmethod
    def dtype(name):
        return getattr(torch, name)

    @staticmethod
    def tensor(array, dtype=None, grad=False):
        return torch.as_tensor(np.asarray(array), dtype=dtype and getattr(torch, dtype)).clone().requires_grad_(grad)

    @staticmethod
    def numpy(tensor):
        tensor = tensor.detach()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()

    @staticmethod
    def seed(number):
        torch.manual_seed(number)

    @staticmethod
    def grad(scalar, tensors, create_graph=False):
        return list(torch.autograd.grad(scalar, tensors, create_graph=create_graph))


class SparseOnTorch(sparse_cases.AllCases):
    f = Torch

    def test_gradcheck(self):
        for name, (function, tensors) in self.functions().items():
            with self.subTest(name):
                leaves = [tensor.requires_grad_() for tensor in tensors]
                self.assertTrue(torch.autograd.gradcheck(function, leaves, fast_mode=True))
                self.assertTrue(torch.autograd.gradgradcheck(function, leaves, fast_mode=True))


class TorchsOwn(sparse_cases.Base):
    f = Torch

    def test_torch_sparse_tensors(self):
        dense, a = self.pair(4, 5)
        make, wanted = spinel.sparse.SparseTensor, torch.as_tensor(dense)
        for layout, to, back in ((torch.sparse_coo, a.to_torch_sparse_coo_tensor, make.from_torch_sparse_coo_tensor),
                                 (torch.sparse_csr, a.to_torch_sparse_csr_tensor, make.from_torch_sparse_csr_tensor),
                                 (torch.sparse_csc, a.to_torch_sparse_csc_tensor, make.from_torch_sparse_csc_tensor)):
            tensor = to()
            self.assertEqual(tensor.layout, layout)
            self.assertTrue(torch.equal(tensor.to_dense(), wanted))
            self.assertEqual(back(tensor), a)
            self.assertFalse(back(tensor, has_value=False).has_value())
            with self.assertRaisesRegex(ValueError, "the tensor is no matrix of torch.sparse_cs|torch.sparse_coo"):
                back(wanted)
        pattern = a.set_value(None)
        self.assertEqual(pattern.to_torch_sparse_csr_tensor(torch.float16).dtype, torch.float16)
        self.assertTrue(torch.equal(pattern.to_torch_sparse_csc_tensor().to_dense(), (wanted != 0).float()))

    def test_function_forms(self):
        index, value = torch.tensor([[0, 0, 1, 2, 2], [0, 2, 1, 0, 1]]), torch.tensor([1.0, 2, 4, 1, 3])
        out = spinel.sparse.from_torch_sparse(spinel.sparse.to_torch_sparse(index, value, 3, 3).coalesce())
        self.assertTrue(torch.equal(out[0], index) and torch.equal(out[1], value))

    def test_gradients_reach_torch_sparse_tensors(self):
        a = spinel.sparse.SparseTensor.eye(3, dtype=torch.float64).requires_grad_()
        torch.sparse.mm(a.to_torch_sparse_coo_tensor(), torch.ones(3, 1, dtype=torch.float64)).sum().backward()
        self.equal(a.storage.value().grad, [1, 1, 1])

    def test_training(self):
        a = spinel.sparse.SparseTensor.eye(8).to_symmetric().set_diag()
        layer = torch.nn.Linear(4, 3)
        layer(a @ torch.randn(8, 4)).square().sum().backward()
        self.assertGreater(float(layer.weight.grad.abs().sum()), 0)

    def test_memory_of_processes(self):
        a = spinel.sparse.SparseTensor.eye(3)
        self.assertFalse(a.is_shared())
        self.assertTrue(a.share_memory_().is_shared())

    def test_device_that_is_not_there(self):
        a = spinel.sparse.SparseTensor.eye(3)
        if not torch.cuda.is_available():
            with self.assertRaises((AssertionError, RuntimeError)):
                a.cuda()
        self.assertEqual(a.to("meta").device().type, "meta")


if __name__ == "__main__":
    unittest.main()
