"""Our operators inside paddle.jit.to_static: traced into the graph, also with lengths that are not known."""
import numpy as np
import paddle
import pytest

import paddle_spinel
from paddle_spinel.nn import functional as SF


class Net(paddle.nn.Layer):
    def __init__(self, padding):
        super().__init__()
        self.conv = paddle.nn.Conv2D(2, 4, 3)
        self.pool = paddle_spinel.nn.MaxPool2D(3, 2, padding, dilation=2)

    def forward(self, x):
        return self.pool(paddle.nn.functional.relu(self.conv(x)))


@pytest.mark.parametrize("full_graph", [True, False])
@pytest.mark.parametrize("padding", [1, "SAME"])
def test_graph_equals_eager(full_graph, padding):
    net = Net(padding)
    x = paddle.rand([2, 2, 13, 12])
    wanted = net(x)
    wanted.sum().backward()
    gradient = net.conv.weight.grad.numpy().copy()
    net.conv.weight.clear_gradient()
    traced = paddle.jit.to_static(net, full_graph=full_graph)
    y = traced(x)
    np.testing.assert_allclose(y.numpy(), wanted.numpy(), rtol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(net.conv.weight.grad.numpy(), gradient, rtol=1e-5)


@pytest.mark.parametrize("padding", [1, "SAME"])
def test_unknown_lengths(padding):
    def pool(x):
        return SF.max_pool2d(x, 3, 2, padding, dilation=2)

    spec = [paddle.static.InputSpec([None, 2, None, None], "float32", stop_gradient=False)]
    traced = paddle.jit.to_static(pool, input_spec=spec, full_graph=True)
    for sizes in ([2, 2, 13, 12], [1, 2, 20, 17]):
        x = paddle.rand(sizes)
        x2 = x.clone().detach()
        x.stop_gradient = x2.stop_gradient = False
        y, wanted = traced(x), pool(x2)
        np.testing.assert_array_equal(y.numpy(), wanted.numpy())
        (y * y).sum().backward()
        (wanted * wanted).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), x2.grad.numpy())


def test_operator_without_shape_rule_is_refused(library):
    @paddle.jit.to_static(full_graph=True)
    def f(x):
        return library.scale(x, 2.0)

    with pytest.raises(Exception, match="cannot stand in a graph|can stand in a graph"):
        f(paddle.rand([3]))


@pytest.mark.parametrize("has_value", [True, False])
@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_optional_tensors(has_value, reduce):
    """Products of sparse matrices: values, rows and columns' pointers are each there or not."""
    rowptr, col = paddle.to_tensor([0, 2, 2, 3]), paddle.to_tensor([0, 1, 1])

    def product(rowptr, col, value, x):
        return paddle_spinel.ops.spinel.spmm(rowptr, col, value if has_value else None, x, reduce)

    traced = paddle.jit.to_static(product, full_graph=True)
    results = []
    for function in (product, traced):
        paddle.seed(1)
        value, x = paddle.rand([3], "float64"), paddle.rand([2, 4], "float64")
        value.stop_gradient = x.stop_gradient = False
        y = function(rowptr, col, value, x)
        leaves = [x, value] if has_value else [x]
        results.append([y.numpy(), *(g.numpy() for g in paddle.grad((y * y).sum(), leaves))])
    for got, wanted in zip(results[1], results[0]):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_samples_in_a_graph():
    """An operator without derivative whose subset may lack."""
    rowptr, col = paddle.to_tensor([0, 2, 4, 6]), paddle.to_tensor([1, 2, 0, 2, 0, 1])

    @paddle.jit.to_static(full_graph=True)
    def of_all(rowptr, col):
        return paddle_spinel.ops.spinel.sample(rowptr, col, 5, None)

    @paddle.jit.to_static(full_graph=True)
    def of_some(rowptr, col, subset):
        return paddle_spinel.ops.spinel.sample(rowptr, col, 5, subset)

    assert list(of_all(rowptr, col).shape) == [3, 5]
    assert list(of_some(rowptr, col, paddle.to_tensor([2, 0])).shape) == [2, 5]
