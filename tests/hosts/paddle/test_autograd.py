"""Derivatives of libraries that are written for PyTorch, in PaddlePaddle's autograd: tests/compat/autograd_extension.cc."""
import gc
import os
import warnings
import weakref

import numpy as np
import paddle
import pytest

import paddle_spinel


@pytest.fixture(scope="module")
def ext():
    paddle_spinel.ops.load_library(os.environ["SPINEL_TEST_LIBRARY_AUTOGRAD"])
    return paddle_spinel.ops.autograd_ext


def leaf(values):
    return paddle.to_tensor(values, dtype="float64", stop_gradient=False)


def grad(y, x, **options):
    return paddle.grad(y, x, **options)[0]


def test_first_derivatives(ext):
    a, b = leaf([1.0, -2.0, 3.0]), leaf([0.5, 4.0, -1.0])
    y = ext.product(a, b)
    assert not y.stop_gradient and not y.is_leaf
    y.backward(paddle.to_tensor([1.0, 10.0, 100.0], dtype="float64"))
    assert a.grad.tolist() == [0.5, 40.0, -100.0]
    assert b.grad.tolist() == [1.0, -20.0, 300.0]


def test_only_what_is_wanted_gets_a_gradient(ext):
    a, b = leaf([2.0]), paddle.to_tensor([5.0], dtype="float64")
    y = ext.product(a, b)
    y.backward()
    assert a.grad.tolist() == [5.0] and b.grad is None
    assert ext.product(b, b).stop_gradient
    with paddle.no_grad():
        assert ext.product(a, b).stop_gradient


def test_a_gradient_goes_to_nobody_who_did_not_ask(ext):
    a, b = leaf([2.0]), leaf([5.0])
    first = grad(ext.product(a, b), a, create_graph=True)
    assert grad(ext.product(first, b), b).tolist() == [10.0]
    assert a.grad is None and b.grad is None
    # Without create_graph a gradient depends on nothing.
    assert grad(ext.product(a, b), a).stop_gradient
    ext.product(a, b).backward()
    assert a.grad.stop_gradient and a.grad.is_leaf


def test_derivatives_of_every_order(ext):
    x = leaf([0.25, -1.0, 2.0])
    e = np.exp(x.numpy())
    # y = x eˣ, whose nth derivative is (n + x) eˣ. The exponential keeps its output.
    derivative = ext.product(x, ext.exponential(x))
    np.testing.assert_allclose(derivative.numpy(), x.numpy() * e)
    for order in (1, 2, 3, 4):
        derivative = grad(derivative.sum(), x, create_graph=True)
        np.testing.assert_allclose(derivative.numpy(), (order + x.numpy()) * e, rtol=1e-12)


def test_gradients_reach_what_is_before_and_behind(ext):
    x = leaf([0.5, 1.5])
    y = ext.exponential(ext.product(paddle.sin(x), x))
    first = grad(paddle.log(y).sum(), x, create_graph=True)
    np.testing.assert_allclose(first.numpy(), np.sin(x.numpy()) + x.numpy() * np.cos(x.numpy()))
    second = grad(first.sum(), x)
    np.testing.assert_allclose(second.numpy(), 2 * np.cos(x.numpy()) - x.numpy() * np.sin(x.numpy()))


def test_lists_optionals_and_results_without_gradient(ext):
    xs = [leaf([1.0, 2.0]), leaf([3.0, 4.0])]
    w = paddle.to_tensor([10.0, 100.0], dtype="float64")
    total, count, copy = ext.weighted(xs, w, k=2.0)
    assert total.tolist() == [80.0, 1200.0] and count.tolist() == [2] and copy.tolist() == total.tolist()
    assert not total.stop_gradient and count.stop_gradient and copy.stop_gradient
    total.sum().backward()
    assert [x.grad.tolist() for x in xs] == [[20.0, 200.0]] * 2
    ext.weighted([xs[0]])[0].sum().backward()
    assert xs[0].grad.tolist() == [21.0, 201.0]


def test_in_place(ext):
    x = leaf([-1.0, 2.0])
    y = x * 3
    z = ext.rectify_(y)
    assert z is y and y.tolist() == [0.0, 6.0]
    z.sum().backward()
    assert x.grad.tolist() == [0.0, 3.0]
    with pytest.raises((RuntimeError, ValueError), match="inplace"):
        ext.rectify_(leaf([1.0]))


def test_backward_twice_where_a_graph_is_shared():
    x = paddle.rand([1, 1, 6, 6])
    x.stop_gradient = False
    y = paddle_spinel.ops.spinel.max_pool2d(x, [2])
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert x.grad.sum().item() == 18


def test_kept_tensors_must_not_be_overwritten(ext):
    x = leaf([1.0, 2.0])
    y = ext.product(x * 1, factor := x * 2)
    factor.add_(paddle.ones([2], dtype="float64"))
    with pytest.raises((RuntimeError, OSError), match="modified by an inplace operation"):
        y.sum().backward()
    y = ext.exponential(x)
    y.scale_(2.0)
    with pytest.raises((RuntimeError, OSError), match="modified by an inplace operation"):
        y.sum().backward()


def test_an_input_that_is_handed_through(ext):
    x = leaf([1.0, 2.0])
    y = ext.identity(x)
    assert y is not x and y.tolist() == x.tolist()
    (y * y).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_errors_of_a_backward_arrive(ext):
    x, y = leaf([1.0]), leaf([2.0])
    with pytest.raises(Exception, match="backward threw as asked"):
        ext.wrong(x, y, True).backward()
    with pytest.raises(Exception, match="returned an incorrect number of gradients .expected 2 or more, got 1"):
        ext.wrong(x, y, False).backward()


def test_views_and_copies(ext):
    x = leaf(np.arange(6.0).reshape(3, 2))
    y = ext.views(x)
    row = x.numpy().T[1]
    np.testing.assert_array_equal(y.numpy(), np.tile(row, 3)[::2])
    first = grad((y**3).sum(), x, create_graph=True)
    counts = np.bincount(np.tile(np.arange(3), 3)[::2], minlength=3)
    wanted = np.zeros((3, 2))
    wanted[:, 1] = 3 * counts * row**2
    np.testing.assert_allclose(first.numpy(), wanted)
    second = grad(first.sum(), x)
    wanted[:, 1] = 6 * counts * row
    np.testing.assert_allclose(second.numpy(), wanted)


def test_a_view_of_a_tensor_that_shows_elements_twice(ext):
    x = leaf([[1.0, 2.0]])
    y = ext.views(paddle.expand(x, [2, 2]))
    assert y.tolist() == [2.0] * 3
    assert grad(y.sum(), x).tolist() == [[0.0, 3.0]]


def test_the_graph_is_kept_as_long_as_asked(ext):
    x = leaf([2.0])
    y = ext.product(x, ext.exponential(x))
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * 3 * np.exp(2.0))
    with pytest.raises(RuntimeError, match="freed by a backward before this one; call that with retain_graph=True"):
        y.backward()


def test_nothing_stays_behind(ext):
    x = leaf([1.0, 2.0])
    # Not even where there was no backward, and the output is one that is kept.
    kept = ext.exponential(x)
    kept = weakref.ref(kept), weakref.ref(ext.product(kept, kept))
    gc.collect()
    assert kept[0]() is None and kept[1]() is None


def test_warns_where_gradients_stop(ext):
    x = leaf([1.0])
    with pytest.warns(UserWarning, match="autograd_ext::doubled: gradients stop here"):
        assert ext.doubled(x).stop_gradient
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ext.product(x, x), ext.views(leaf([[1.0, 2.0]]))


def test_hooks_and_detach(ext):
    x = leaf([3.0])
    y = ext.product(x, x)
    y.register_hook(lambda g: g * 10)
    y.backward()
    assert x.grad.tolist() == [60.0]
    assert ext.product(x.detach(), x.detach()).stop_gradient
