"""Derivatives of our operators of the first three orders on PaddlePaddle, against libtorch's numbers."""
import json
import pathlib

import numpy as np
import paddle
import pytest

import paddle_spinel

CASES = json.loads((pathlib.Path(__file__).parent.parent / "derivatives.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["op"] for case in CASES])
def test_agrees_with_libtorch(case):
    tensors = {name: paddle.to_tensor(np.array(value["data"], value["dtype"]).reshape(value["shape"]))
               for name, value in case["tensors"].items()}
    wanted = [tensors[name] for name in case["by"]]
    for x in wanted:
        x.stop_gradient = False
    value = getattr(paddle_spinel.ops.spinel, case["op"])(**tensors, **case["arguments"])
    np.testing.assert_allclose(value.numpy().ravel(), case["value"], rtol=1e-12)
    # The sum of cubes of the result, then sums of squares of the gradients. (PaddlePaddle has no third derivative of **.)
    total = (value * value * value).sum()
    for order in ("first", "second", "third"):
        gradients = paddle.grad(total, wanted, create_graph=True)
        for gradient, numbers in zip(gradients, case[order]):
            np.testing.assert_allclose(gradient.numpy().ravel(), numbers, rtol=1e-10, atol=1e-10)
        total = sum((gradient * gradient).sum() for gradient in gradients)


@pytest.mark.parametrize("op", ["cfconv", "edge_product"])
def test_gradients_by_one_argument_alone(op):
    x = paddle.rand([3, 2], dtype="float64")
    i, j = paddle.to_tensor([0, 1, 2]), paddle.to_tensor([1, 2, 0])
    x.stop_gradient = False
    fixed = paddle.rand([3, 2], dtype="float64")
    call = getattr(paddle_spinel.ops.spinel, op)
    y = call(x, fixed, i, j)
    first = paddle.grad((y**2).sum(), x, create_graph=True)[0]
    second = paddle.grad(first.sum(), x)[0]
    # The operators are linear in each argument: the second derivative by x does not hang on x.
    x2 = x.detach() * 5
    x2.stop_gradient = False
    first2 = paddle.grad((call(x2, fixed, i, j)**2).sum(), x2, create_graph=True)[0]
    np.testing.assert_allclose(second.numpy(), paddle.grad(first2.sum(), x2)[0].numpy())
    np.testing.assert_allclose(first2.numpy(), 5 * first.numpy())


def test_a_tensor_that_a_gradient_needs_must_not_be_overwritten():
    x = paddle.rand([3, 2], dtype="float64")
    x.stop_gradient = False
    w = paddle.ones([2, 2], dtype="float64")
    i, j = paddle.to_tensor([0, 1]), paddle.to_tensor([1, 2])
    y = paddle_spinel.ops.spinel.cfconv(x, w, i, j)
    w.add_(paddle.ones([2, 2], dtype="float64"))
    with pytest.raises((RuntimeError, OSError), match="spinel::cfconv: a tensor that its gradient needs was written in place"):
        y.sum().backward()
