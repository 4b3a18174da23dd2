"""max_pool1d, max_pool2d, max_pool3d: PaddlePaddle's functions of these names with `dilation`.

Three styles of call are understood:
  max_pool2d(x, kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False, dilation=1, data_format="NCHW")
  max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices), as torch has it, where the fifth
      argument is no boolean
  either with the names `input` for x and `return_indices` for return_mask
"""
import paddle

from paddle_spinel import _host

_FORMATS = {1: "NCL", 2: "NCHW", 3: "NCDHW"}
_ALIASES = {"input": "x", "return_indices": "return_mask"}
_OPERATORS = {dims: _host.operator(f"spinel::paddle_max_pool{dims}d") for dims in _FORMATS}


def named_arguments(function, paddle_names, torch_names, switch, args, kwargs):
    """The arguments by PaddlePaddle's names; `switch` is the position that tells the styles apart."""
    is_torch_style = len(args) > switch and not isinstance(args[switch], bool)
    names = torch_names if is_torch_style else paddle_names
    if len(args) > len(names):
        raise TypeError(f"{function}() takes at most {len(names)} positional arguments but {len(args)} were given")
    given = dict(zip(names, args))
    for key, value in kwargs.items():
        name = _ALIASES.get(key, key)
        if name not in paddle_names:
            raise TypeError(f"{function}() got an unexpected keyword argument '{key}'")
        if name in given:
            raise TypeError(f"{function}() got multiple values for argument '{key}'")
        given[name] = value
    return given


def _numbers(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _split_padding(padding):
    """(numbers, name): pairs become one flat list, whose length tells that they were pairs."""
    if isinstance(padding, str):
        return [0], padding
    numbers = _numbers(padding)
    if numbers and isinstance(numbers[0], (list, tuple)):
        numbers = [side for pair in numbers for side in pair]
    return numbers, ""


def _cast_for_amp(x):
    """Automatic mixed precision of level O2 runs pooling in the low precision; O1 leaves the input's type."""
    tracer = paddle.base.framework._dygraph_tracer() if paddle.in_dynamic_mode() else None
    if tracer is None or x.dtype != paddle.float32 or tracer._amp_level != paddle.base.core.AmpLevel.O2:
        return x
    return x.astype(tracer._amp_dtype)


def _pool(dims, x, kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False, dilation=1, data_format=None,
          name=None):
    numbers, padding_name = _split_padding(padding)
    results = _OPERATORS[dims](
        _cast_for_amp(x), _numbers(kernel_size), [] if stride is None else _numbers(stride), numbers, padding_name,
        _numbers(dilation), ceil_mode, return_mask, data_format or _FORMATS[dims])
    return tuple(results) if return_mask else results[0]


def _call(dims, args, kwargs):
    names = ["x", "kernel_size", "stride", "padding", "return_mask", "ceil_mode", "dilation"]
    names += ["data_format", "name"] if dims > 1 else ["name"]
    torch_names = ["x", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_mask"]
    given = named_arguments(f"max_pool{dims}d", names, torch_names, 4, args, kwargs)
    for needed in ("x", "kernel_size"):
        if needed not in given:
            raise TypeError(f"max_pool{dims}d() missing required argument: '{needed}'")
    return _pool(dims, **given)


def max_pool1d(*args, **kwargs):
    """N × C × L → N × C × L′; with return_mask also the positions of the maxima, int32. See the module."""
    return _call(1, args, kwargs)


def max_pool2d(*args, **kwargs):
    """N × C × H × W (or NHWC) → the same with pooled lengths; with return_mask also flat positions in the plane, int32."""
    return _call(2, args, kwargs)


def max_pool3d(*args, **kwargs):
    """N × C × D × H × W (or NDHWC) → the same with pooled lengths; with return_mask also flat positions, int32."""
    return _call(3, args, kwargs)
