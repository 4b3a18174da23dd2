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
