"""The library of operators: torch.ops.spinel, and the same with ValueError for arguments that are refused."""
import ctypes
import functools
import os
import types

import torch


def _load_library():
    library = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libspinel_torch.so")
    if not os.path.exists(library):
        raise ImportError("spinel: its library libspinel_torch.so is not built; build the target spinel_torch and put "
                          "build/release/python on PYTHONPATH")
    torch.ops.load_library(library)
    return ctypes.CDLL(library)


_library = _load_library()
_library.spinel_is_refusal.argtypes, _library.spinel_is_refusal.restype = [ctypes.c_char_p], ctypes.c_bool
ops = torch.ops.spinel


def _checked(operator):
    @functools.wraps(operator)
    def call(*args, **kwargs):
        try:
            return operator(*args, **kwargs)
        except RuntimeError as error:
            # PyTorch makes a RuntimeError of every C++ exception; PaddlePaddle's host says ValueError itself.
            if type(error) is RuntimeError and _library.spinel_is_refusal(str(error).encode()):
                raise ValueError(str(error)) from None
            raise

    return call


def _names():
    prefix = "spinel::"
    return sorted(name[len(prefix):] for name in torch._C._dispatch_get_all_op_names() if name.startswith(prefix))


# Looked up once for all, so that compilers see plain functions.
checked_ops = types.SimpleNamespace(**{name: _checked(getattr(ops, name)) for name in _names()})
