"""paddle_spinel's max pooling against PaddlePaddle's where dilation is 1, and against a naive loop where it is not."""
import itertools

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddle_spinel
from paddle_spinel.nn import functional as SF

OURS = {1: SF.max_pool1d, 2: SF.max_pool2d, 3: SF.max_pool3d}
PADDLES = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
SIZES = {1: [2, 3, 13], 2: [2, 3, 9, 8], 3: [1, 2, 7, 6, 8]}


def distinct(sizes, dtype="float32"):
    """Values far apart in random order: the maximum of a window does not hang on rounding."""
    count = int(np.prod(sizes))
    return paddle.to_tensor(np.random.default_rng(3).permutation(count).reshape(sizes)).astype(dtype)


def naive(x, kernel, stride, padding, dilation):
    """Values by definition for one kernel size, stride, padding and dilation in all dimensions."""
    x = x.numpy()
    dims = x.ndim - 2
    extent = dilation * (kernel - 1) + 1
    out = [(n + 2 * padding - extent) // stride + 1 for n in x.shape[2:]]
    y = np.full(list(x.shape[:2]) + out, -np.inf)
    for at in itertools.product(*map(range, out)):
        for tap in itertools.product(range(kernel), repeat=dims):
            place = [o * stride - padding + t * dilation for o, t in zip(at, tap)]
            if all(0 <= p < n for p, n in zip(place, x.shape[2:])):
                index = (slice(None), slice(None))
                y[index + at] = np.maximum(y[index + at], x[index + tuple(place)])
    return y


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("k, s, p, ceil", [(2, None, 0, False), (3, 2, 1, False), (3, 1, 1, True), (2, 3, 0, True)])
def test_agrees_with_paddle_without_dilation(dims, k, s, p, ceil):
    x, x2 = distinct(SIZES[dims]), distinct(SIZES[dims])
    x.stop_gradient = x2.stop_gradient = False
    # PaddlePaddle's ceil_mode keeps windows that begin behind the input; the specification follows torch there.
    wanted = PADDLES[dims](x2, k, s, p, ceil_mode=ceil)
    y, mask = OURS[dims](x, k, s, p, return_mask=True, ceil_mode=ceil)
    kept = tuple(slice(n) for n in y.shape)
    np.testing.assert_array_equal(y.numpy(), wanted.numpy()[kept])
    assert mask.dtype == paddle.int32
    plane = x.numpy().reshape(x.shape[0], x.shape[1], -1)
    at = mask.numpy().reshape(x.shape[0], x.shape[1], -1)
    np.testing.assert_array_equal(np.take_along_axis(plane, at, 2).reshape(y.shape), y.numpy())
    if list(y.shape) == list(wanted.shape):
        (y * y).sum().backward()
        (wanted * wanted).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), x2.grad.numpy())


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("k, s, p, d", [(2, 1, 0, 2), (3, 2, 1, 2), (2, 3, 1, 3)])
def test_agrees_with_the_definition(dims, k, s, p, d):
    x = distinct(SIZES[dims])
    np.testing.assert_array_equal(OURS[dims](x, k, s, p, dilation=d).numpy(), naive(x, k, s, p, d))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_acceptance_of_dilation(dims):
    x = paddle.arange(6**dims, dtype="float32").reshape([1, 1] + [6] * dims)
    x.stop_gradient = False
    y = OURS[dims](x, 2, 1, dilation=2)
    kept = (slice(None), slice(None)) + (slice(2, None),) * dims
    np.testing.assert_array_equal(y.numpy(), x.numpy()[kept])
    y.sum().backward()
    wanted = np.zeros(x.shape)
    wanted[kept] = 1
    np.testing.assert_array_equal(x.grad.numpy(), wanted)


def test_dilation_for_each_dimension_and_mask():
    x = paddle.arange(36, dtype="float32").reshape([1, 1, 6, 6])
    np.testing.assert_array_equal(SF.max_pool2d(x, 2, 1, dilation=[1, 2]).numpy(), x.numpy()[..., 1:, 2:])
    y, mask = SF.max_pool2d(x, 2, 2, 1, dilation=2, return_mask=True, ceil_mode=True)
    assert y.shape == [1, 1, 4, 4] and mask.shape == y.shape


def test_three_styles_of_call():
    x = distinct([2, 3, 9, 8])
    wanted = [t.numpy() for t in SF.max_pool2d(x, 3, 2, 1, True, True, 2)]
    for got in (SF.max_pool2d(x, 3, 2, 1, 2, True, True),
                SF.max_pool2d(input=x, kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True,
                              return_indices=True),
                paddle_spinel.nn.MaxPool2D(3, 2, 1, True, True, 2)(x),
                paddle_spinel.nn.MaxPool2D(3, 2, 1, 2, True, True)(x)):
        for a, b in zip(got, wanted):
            np.testing.assert_array_equal(a.numpy(), b)
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        SF.max_pool2d(x, 2, size=3)
    with pytest.raises(TypeError, match="multiple values for argument 'input'"):
        SF.max_pool2d(x, 2, input=x)
    with pytest.raises(TypeError, match="missing required argument: 'kernel_size'"):
        SF.max_pool2d(x)


def test_forms_of_padding():
    x = distinct([1, 2, 9, 8])
    for padding in (1, [1, 2], [1, 0, 0, 1], [[0, 0], [0, 0], [1, 1], [0, 1]], "SAME", "VALID", "same"):
        paddles = padding.upper() if isinstance(padding, str) else padding
        np.testing.assert_array_equal(SF.max_pool2d(x, 3, 2, padding).numpy(), F.max_pool2d(x, 3, 2, paddles).numpy())
    # SAME takes the extent of a dilated window: ceil(L / s) results.
    assert SF.max_pool2d(x, 3, 2, "SAME", dilation=2).shape == [1, 2, 5, 4]
    # Padding beyond half of the kernel is fine as long as every window meets the input.
    np.testing.assert_array_equal(SF.max_pool2d(x, 2, 1, 2, dilation=2).numpy(), naive(x, 2, 1, 2, 2))


@pytest.mark.parametrize("dims, format", [(2, "NHWC"), (3, "NDHWC")])
def test_channels_last(dims, format):
    x = distinct(SIZES[dims])
    to_last = [0, *range(2, dims + 2), 1]
    last = x.transpose(to_last).contiguous()
    last.stop_gradient = x.stop_gradient = False
    y = OURS[dims](last, 3, 2, 1, dilation=2, data_format=format)
    wanted = OURS[dims](x, 3, 2, 1, dilation=2)
    np.testing.assert_array_equal(y.numpy(), wanted.numpy().transpose(to_last))
    (y * y).sum().backward()
    (wanted * wanted).sum().backward()
    np.testing.assert_array_equal(last.grad.numpy(), x.grad.numpy().transpose(to_last))


def test_strided_views():
    x = distinct([2, 3, 9, 8])
    view = x.transpose([0, 1, 3, 2])
    np.testing.assert_array_equal(SF.max_pool2d(view, 3, 2, 1).numpy(),
                                  SF.max_pool2d(view.contiguous(), 3, 2, 1).numpy())


@pytest.mark.parametrize("words, kwargs", [
    ("kernel size should be greater than zero", {"kernel_size": 0}),
    ("stride should not be zero", {"kernel_size": 2, "stride": 0}),
    ("dilation should be greater than zero", {"kernel_size": 2, "dilation": -1}),
    ("Unknown padding: 'ANY'. It can only be 'SAME' or 'VALID'.", {"kernel_size": 2, "padding": "ANY"}),
    ('When Attr(padding) is "VALID", Attr(ceil_mode) must be False. Received ceil_mode: True.',
     {"kernel_size": 2, "padding": "VALID", "ceil_mode": True}),
    ("in the batch or channel dimensions is not supported.",
     {"kernel_size": 2, "padding": [[0, 0], [1, 0], [0, 0], [0, 0]]}),
    ("Attr(data_format) should be 'NCHW' or 'NHWC'. Received Attr(data_format): NCL",
     {"kernel_size": 2, "data_format": "NCL"}),
    ("When setting return_mask to true, data_format must be set to NCHW in API:max_pool2d",
     {"kernel_size": 2, "data_format": "NHWC", "return_mask": True}),
    ("Output size is too small", {"kernel_size": 9}),
    ("must not lie in the padding alone", {"kernel_size": 2, "padding": 2}),
])
def test_errors_are_value_errors(words, kwargs):
    with pytest.raises(ValueError) as caught:
        SF.max_pool2d(paddle.zeros([1, 2, 8, 8]), **kwargs)
    assert words in str(caught.value)


def test_elements():
    with pytest.raises(NotImplementedError, match="not implemented for 'bool'"):
        SF.max_pool2d(paddle.zeros([1, 2, 8, 8]).astype("bool"), 2)
    for dtype in ("int32", "int64", "uint8", "float16", "bfloat16", "float64"):
        assert SF.max_pool2d(paddle.ones([1, 2, 8, 8]).astype(dtype), 2).dtype == getattr(paddle, dtype)


def test_special_values():
    x = paddle.to_tensor([[[float("nan"), 1, 2, -float("inf"), -float("inf"), 3]]])
    assert np.isnan(SF.max_pool1d(x, 2).numpy()[0, 0, 0])
    assert SF.max_pool1d(x, 2, dilation=1).numpy()[0, 0, 1] == 2
    assert SF.max_pool1d(paddle.zeros([0, 3, 8]), 2).shape == [0, 3, 4]


def test_second_derivatives():
    x = distinct([1, 1, 6, 6], "float64")
    x.stop_gradient = False
    first = paddle.grad((SF.max_pool2d(x, 2, 1, dilation=2)**3).sum(), x, create_graph=True)[0]
    second = paddle.grad((first**2).sum(), x)[0]
    # y = x[2:, 2:] here only where values ascend; in general the gradient is 3 x² a window that x wins.
    wins = paddle.grad(SF.max_pool2d(x, 2, 1, dilation=2).sum(), x)[0]
    np.testing.assert_allclose(first.numpy(), (3 * x**2 * wins).numpy())
    np.testing.assert_allclose(second.numpy(), (36 * x**3 * wins**2).numpy())


def test_without_gradient_nothing_is_recorded():
    x = paddle.rand([1, 2, 8, 8])
    assert SF.max_pool2d(x, 2).stop_gradient
    x.stop_gradient = False
    y, mask = SF.max_pool2d(x, 2, return_mask=True)
    assert not y.stop_gradient and mask.stop_gradient
    with paddle.no_grad():
        assert SF.max_pool2d(x, 2).stop_gradient


@pytest.mark.parametrize("level", ["O1", "O2"])
@pytest.mark.filterwarnings("ignore:amp_guard")
def test_automatic_mixed_precision_is_that_of_paddle(level):
    x = paddle.rand([1, 2, 8, 8])
    with paddle.amp.auto_cast(level=level, dtype="bfloat16"):
        assert SF.max_pool2d(x, 2).dtype == F.max_pool2d(x, 2).dtype


def test_automatic_mixed_precision_of_level_2():
    # auto_cast itself has no effect on CPU places, so the state is set by hand.
    x = paddle.rand([1, 2, 8, 8])
    x.stop_gradient = False
    tracer = paddle.base.framework._dygraph_tracer()
    before = tracer._amp_level, tracer._amp_dtype
    tracer._amp_level, tracer._amp_dtype = paddle.base.core.AmpLevel.O2, "bfloat16"
    try:
        y = SF.max_pool2d(x, 2)
    finally:
        tracer._amp_level, tracer._amp_dtype = before
    assert y.dtype == paddle.bfloat16
    y.sum().backward()
    assert x.grad.dtype == paddle.float32 and x.grad.sum().item() == 32


def test_layers():
    assert repr(paddle_spinel.nn.MaxPool2D(2, 2)) == "MaxPool2D(kernel_size=2, stride=2, padding=0, dilation=1)"
    x = distinct(SIZES[3])
    np.testing.assert_array_equal(paddle_spinel.nn.MaxPool3D(2, dilation=2)(x).numpy(),
                                  SF.max_pool3d(x, 2, dilation=2).numpy())
    x = distinct(SIZES[1])
    np.testing.assert_array_equal(paddle_spinel.nn.MaxPool1D(3, 1, 1)(x).numpy(), paddle.nn.MaxPool1D(3, 1, 1)(x).numpy())
    with pytest.raises(TypeError, match="missing required argument: 'kernel_size'"):
        paddle_spinel.nn.MaxPool2D()


def test_torch_style_operators():
    x = distinct([2, 3, 9, 8])
    y, indices = paddle_spinel.ops.spinel.max_pool2d_with_indices(x, [3], [2], [1], dilation=[2])
    assert indices.dtype == paddle.int64
    np.testing.assert_array_equal(y.numpy(), paddle_spinel.ops.spinel.max_pool2d(x, 3, 2, 1, 2).numpy())
    with pytest.raises(ValueError, match="pad should be at most half of effective kernel size"):
        paddle_spinel.ops.spinel.max_pool2d(x, [2], [2], [2])
