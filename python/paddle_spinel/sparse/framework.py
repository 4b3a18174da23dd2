"""What the sparse matrices need of PaddlePaddle; spinel/sparse/framework.py has the same names."""
import numpy
import paddle

from paddle_spinel.operators import ops as _namespaces

Tensor = paddle.Tensor
ops = _namespaces.spinel
bool_, int64, float32 = paddle.bool, paddle.int64, paddle.float32
# The conversions that SparseTensor has as methods.
DTYPES = {"bfloat16": paddle.bfloat16, "bool": paddle.bool, "byte": paddle.uint8, "char": paddle.int8,
          "half": paddle.float16, "float": paddle.float32, "double": paddle.float64, "short": paddle.int16,
          "int": paddle.int32, "long": paddle.int64}
_FLOATING = (paddle.float16, paddle.bfloat16, paddle.float32, paddle.float64)

stack = paddle.stack
_CUDA = "gpu"


def _dtype(dtype):
    """PaddlePaddle's own type for what it takes as one: its name, NumPy's type."""
    return dtype if isinstance(dtype, paddle.dtype) else getattr(paddle, paddle.base.data_feeder.convert_dtype(dtype))


def _placed(tensor, where):
    if where is None:
        return tensor
    return to_device(tensor, where.place if isinstance(where, Tensor) else where)


def default_dtype():
    return _dtype(paddle.get_default_dtype())


def equal(a, b):
    return list(a.shape) == list(b.shape) and bool((a == b).all())


def arange(start, length, where):
    """start, start + 1, …: `length` int64 numbers on the place, or that of the tensor, `where`."""
    return _placed(paddle.arange(start, start + length, dtype="int64"), where)


def full(sizes, value, dtype, where):
    return _placed(paddle.full(sizes, value, dtype=_dtype(dtype)), where)


def concat(tensors, dim=0):
    if any(requires_grad(tensor) for tensor in tensors):
        # PaddlePaddle 3.3 cannot differentiate twice where an input has no gradient: it gets one that nobody asks for.
        tensors = [tensor if requires_grad(tensor) else leaf(tensor, True) for tensor in tensors]
    return paddle.concat(tensors, axis=dim)


def index_select(tensor, index, dim=0):
    # index_select() has kernels for fewer types; none of both has one for float16 on CPUs, where float32 holds it.
    if tensor.dtype == paddle.float16 and tensor.place.is_cpu_place():
        return index_select(tensor.astype("float32"), index, dim).astype("float16")
    return paddle.gather(tensor, index, axis=dim)


def index_add(count, index, by):
    """count with `by` more at each index, which may repeat."""
    return paddle.index_add(count, index, 0, paddle.full_like(index, by))


def place_entries(sizes, index, value):
    """Zeros [*sizes, …] with value [n, …] at the places of the index tensors, which are distinct."""
    zeros = full([*sizes, *value.shape[1:]], 0, value.dtype, value)
    if value.shape[0] == 0:
        # index_put() takes no empty index; a sum of nothing lets gradients, of nothing too, pass.
        return zeros + value.sum() if requires_grad(value) else zeros
    return paddle.index_put(zeros, index, value)


def nonzero(mask):
    return paddle.nonzero(mask).flatten()


def nonzero_entries(mask):
    """(row, col) of what is true in a matrix, in order."""
    places = paddle.nonzero(mask)
    return places[:, 0].contiguous(), places[:, 1].contiguous()


def _first_extreme(tensor, reduce):
    """Of the rows; min() and max() of PaddlePaddle cannot be differentiated twice."""
    ends = paddle.to_tensor([0, tensor.shape[0]], dtype="int64", place=tensor.place)
    return getattr(ops, f"segment_{reduce}_csr")(tensor, ends, None)[0].squeeze(0)


def reduce_all(tensor, reduce):
    if reduce in ("min", "max") and requires_grad(tensor):
        return _first_extreme(tensor.reshape([-1]), reduce)
    return getattr(paddle, reduce)(tensor)


def reduce_dim(tensor, reduce, dim):
    if reduce in ("min", "max") and requires_grad(tensor):
        others = [d for d in range(tensor.dim()) if d != dim]
        return _first_extreme(tensor.transpose([dim, *others]), reduce)
    return getattr(paddle, reduce)(tensor, axis=dim)


def _in_float32(function, a, b):
    """Of float16 on CPUs, for which PaddlePaddle has no kernels; float32 holds it."""
    if a.dtype == paddle.float16 and a.place.is_cpu_place():
        return function(a.astype("float32"), b.astype("float32")).astype("float16")
    return function(a, b)


def plus(a, b):
    return _in_float32(paddle.add, a, b)


def times(a, b):
    return _in_float32(paddle.multiply, a, b)


def numel(tensor):
    return int(tensor.size)


def cast(tensor, dtype, non_blocking=False):
    dtype = _dtype(dtype)
    return tensor if tensor.dtype == dtype else tensor.astype(dtype)


def is_floating_point(dtype):
    return dtype in _FLOATING


def requires_grad(tensor):
    return not tensor.stop_gradient


def leaf(tensor, grad):
    """The same numbers with no history, to be differentiated by or not."""
    tensor = tensor.detach()
    tensor.stop_gradient = not grad
    return tensor


def device(tensor):
    return tensor.place


def is_cuda(tensor):
    return tensor.place.is_gpu_place()


def to_device(tensor, place, non_blocking=False):
    return tensor.to(_CUDA if place == "cuda" else place, blocking=not non_blocking)


def _is_dtype(item):
    if isinstance(item, (paddle.dtype, numpy.dtype)):
        return True
    return isinstance(item, str) and isinstance(getattr(paddle, item, None), paddle.dtype)


def parse_to(args, kwargs):
    """(place, dtype, non_blocking) of the arguments of Tensor.to(): a tensor that has both; a place, a type and
    `blocking`; a type and `blocking`. `non_blocking` is known by name."""
    names = ("other", "blocking") if args and isinstance(args[0], Tensor) else (
        ("dtype", "blocking") if args and _is_dtype(args[0]) else ("device", "dtype", "blocking"))
    given = {**dict(zip(names, args)), **kwargs}
    unknown = set(given) - {"other", "device", "dtype", "blocking", "non_blocking"}
    if unknown or len(args) > len(names) or not given:
        raise TypeError(f"to() takes a tensor, a device or a type, and blocking; given are {len(args)} arguments and "
                        f"the names {sorted(kwargs)}")
    non_blocking = bool(given.get("non_blocking", not given.get("blocking", True)))
    other = given.get("other")
    if other is not None:
        return other.place, other.dtype, non_blocking
    dtype = given.get("dtype")
    return given.get("device"), None if dtype is None else _dtype(dtype), non_blocking


def to_index(items, where):
    """A list or array of integers or booleans as a tensor."""
    index = paddle.to_tensor(items, place=where.place)
    return index.astype("int64") if index.size == 0 and index.dtype != paddle.bool else index


def from_numpy(array):
    return paddle.to_tensor(array)


def to_numpy(tensor):
    return tensor.detach().cpu().numpy()


def pin_memory(tensor):
    return tensor.pin_memory()


def is_pinned(tensor):
    return tensor.place.is_cuda_pinned_place()


def share_memory_(tensor):
    raise NotImplementedError("share_memory_: PaddlePaddle has no tensors in shared memory that stay usable in place")


def is_shared(tensor):
    return False
