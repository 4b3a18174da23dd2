"""What the sparse matrices need of PyTorch; paddle_spinel/sparse/framework.py has the same names."""
import torch

from spinel.operators import checked_ops as ops

Tensor = torch.Tensor
bool_, int64, float32 = torch.bool, torch.int64, torch.float32
# The conversions that SparseTensor has as methods.
DTYPES = {"bfloat16": torch.bfloat16, "bool": torch.bool, "byte": torch.uint8, "char": torch.int8,
          "half": torch.float16, "float": torch.float32, "double": torch.float64, "short": torch.int16,
          "int": torch.int32, "long": torch.int64}

concat = torch.cat
plus, times = torch.add, torch.mul
stack = torch.stack
equal = torch.equal
default_dtype = torch.get_default_dtype


def _device(where):
    return where.device if isinstance(where, Tensor) else where


def arange(start, length, where):
    """start, start + 1, …: `length` int64 numbers on the device, or that of the tensor, `where`."""
    return torch.arange(start, start + length, dtype=torch.int64, device=_device(where))


def full(sizes, value, dtype, where):
    return torch.full(sizes, value, dtype=dtype, device=_device(where))


def index_select(tensor, index, dim=0):
    return tensor.index_select(dim, index)


def index_add(count, index, by):
    """count with `by` more at each index, which may repeat."""
    return count.index_add(0, index, torch.full_like(index, by))


def place_entries(sizes, index, value):
    """Zeros [*sizes, …] with value [n, …] at the places of the index tensors, which are distinct."""
    return value.new_zeros([*sizes, *value.shape[1:]]).index_put(index, value)


def nonzero(mask):
    return mask.nonzero().flatten()


def nonzero_entries(mask):
    """(row, col) of what is true in a matrix, in order."""
    return mask.nonzero(as_tuple=True)


def reduce_all(tensor, reduce):
    return getattr(tensor, reduce)()


def reduce_dim(tensor, reduce, dim):
    reduced = getattr(tensor, reduce)(dim)
    return reduced.values if reduce in ("min", "max") else reduced


def numel(tensor):
    return tensor.numel()


def cast(tensor, dtype, non_blocking=False):
    return tensor.to(dtype, non_blocking=non_blocking)


def is_floating_point(dtype):
    return dtype.is_floating_point


def requires_grad(tensor):
    return tensor.requires_grad


def leaf(tensor, grad):
    """The same numbers with no history, to be differentiated by or not."""
    return tensor.detach().requires_grad_(grad)


def device(tensor):
    return tensor.device


def is_cuda(tensor):
    return tensor.is_cuda


def to_device(tensor, place, non_blocking=False):
    return tensor.to(place, non_blocking=non_blocking)


def parse_to(args, kwargs):
    """(device, dtype, non_blocking) of the arguments of Tensor.to()."""
    other = args[0] if args else kwargs.get("other")
    if isinstance(other, Tensor):
        return other.device, other.dtype, bool(args[1] if len(args) > 1 else kwargs.get("non_blocking", False))
    return torch._C._nn._parse_to(*args, **kwargs)[:3]


def to_index(items, where):
    """A list or array of integers or booleans as a tensor."""
    index = torch.as_tensor(items, device=where.device)
    return index.to(torch.int64) if index.numel() == 0 and index.dtype != torch.bool else index


def from_numpy(array):
    return torch.from_numpy(array)


def to_numpy(tensor):
    return tensor.detach().cpu().numpy()


def pin_memory(tensor):
    return tensor.pin_memory()


def is_pinned(tensor):
    return tensor.is_pinned()


def share_memory_(tensor):
    return tensor.share_memory_()


def is_shared(tensor):
    return tensor.is_shared()
