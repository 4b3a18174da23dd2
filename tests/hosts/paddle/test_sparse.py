"""paddle_spinel.sparse: the cases of both frameworks, and what PaddlePaddle has of its own."""
import os
import sys

import numpy as np
import paddle

import paddle_spinel.sparse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sparse_cases  # noqa: E402


class Paddle:
    name = "paddle"
    sparse, ops = paddle_spinel.sparse, paddle_spinel.ops.spinel

    @staticmethod
    def dtype(name):
        return getattr(paddle, name)

    @staticmethod
    def tensor(array, dtype=None, grad=False):
        tensor = paddle.to_tensor(np.asarray(array), dtype=dtype)
        tensor.stop_gradient = not grad
        return tensor

    @staticmethod
    def numpy(tensor):
        tensor = tensor.detach()
        return (tensor.astype("float32") if tensor.dtype == paddle.bfloat16 else tensor).numpy()

    @staticmethod
    def seed(number):
        paddle.seed(number)

    @staticmethod
    def grad(scalar, tensors, create_graph=False):
        return paddle.grad(scalar, tensors, create_graph=create_graph)


class TestSparseOnPaddle(sparse_cases.AllCases):
    f = Paddle


class TestPaddlesOwn(sparse_cases.Base):
    f = Paddle

    def test_paddle_sparse_tensors(self):
        dense, a = self.pair(4, 5)
        make = paddle_spinel.sparse.SparseTensor
        for to, back in ((a.to_paddle_sparse_coo_tensor, make.from_paddle_sparse_coo_tensor),
                         (a.to_paddle_sparse_csr_tensor, make.from_paddle_sparse_csr_tensor)):
            tensor = to()
            np.testing.assert_array_equal(tensor.to_dense().numpy(), dense)
            assert back(tensor) == a
            assert not back(tensor, has_value=False).has_value()
            with self.assertRaisesRegex(ValueError, "is no sparse matrix in C"):
                back(paddle.ones([2, 2]))
        assert a.set_value(None).to_paddle_sparse_coo_tensor("float64").dtype == paddle.float64
        with self.assertRaisesRegex(NotImplementedError, "CSC"):
            a.to_paddle_sparse_csc_tensor()

    def test_function_forms(self):
        index, value = paddle.to_tensor([[0, 0, 1, 2, 2], [0, 2, 1, 0, 1]]), paddle.to_tensor([1.0, 2, 4, 1, 3])
        tensor = paddle_spinel.sparse.to_paddle_sparse(index, value, 3, 3)
        out = paddle_spinel.sparse.from_paddle_sparse(tensor.coalesce())
        self.equal(out[0], index.numpy())
        self.equal(out[1], value.numpy())

    def test_to(self):
        a = paddle_spinel.sparse.SparseTensor.eye(3)
        assert a.to(paddle.CPUPlace(), paddle.float64).dtype() == paddle.float64
        for dtype in ("float64", np.dtype("float64"), paddle.float64):
            assert a.to(dtype).dtype() == a.type(dtype).dtype() == paddle.float64
        assert a.to(device="cpu", dtype="int32", blocking=True).dtype() == paddle.int32
        with self.assertRaises(TypeError):
            a.to()

    def test_training(self):
        a = paddle_spinel.sparse.SparseTensor.eye(8).to_symmetric().set_diag()
        layer = paddle.nn.Linear(4, 3)
        layer(a @ paddle.randn([8, 4])).square().sum().backward()
        assert float(layer.weight.grad.abs().sum()) > 0

    def test_without_shared_memory(self):
        a = paddle_spinel.sparse.SparseTensor.eye(3)
        assert not a.is_shared()
        with self.assertRaises(NotImplementedError):
            a.share_memory_()
