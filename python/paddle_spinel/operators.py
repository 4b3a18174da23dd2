"""paddle_spinel.ops.<namespace>.<operator>[.<overload>] and paddle_spinel.classes, as torch.ops and torch.classes."""
import ctypes
import functools
import os
import types

import paddle._ops as _paddle_ops

from paddle_spinel import _host


@functools.cache
def _provide_torch_names():
    """Lets files stand in for those of libtorch, which binaries name as what they need."""
    shim = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(_host.__file__)), "libspinel_torch_shim.so"))
    if shim.spinel_provide_torch_names() != 0:
        shim.torch_exception_get_what.restype = ctypes.c_char_p
        raise ImportError("load_library: " + shim.torch_exception_get_what().decode())


class Namespace(types.ModuleType):
    """The operators of one namespace; each is looked up when it is first named."""

    def __init__(self, name):
        super().__init__(f"paddle_spinel.ops.{name}")
        self._namespace = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        operator = _host.operator(f"{self._namespace}::{name}")
        if operator is None:
            raise AttributeError(f"'_OpNamespace' '{self._namespace}' object has no attribute '{name}'")
        # Overloads may still be added: remembered only by who asked.
        return operator

    def __dir__(self):
        prefix = self._namespace + "::"
        names = (name for name in _host.operator_names() if name.startswith(prefix))
        return sorted({name[len(prefix):].split(".")[0] for name in names})


class Operators(types.ModuleType):
    """All namespaces."""

    def __init__(self):
        super().__init__("paddle_spinel.ops")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        namespace = Namespace(name)
        setattr(self, name, namespace)
        return namespace

    def __dir__(self):
        return sorted({name.split("::")[0] for name in _host.operator_names()} | {"load_library"})

    @staticmethod
    def load_library(path):
        """Loads a library of operators. What it registers is there afterwards; if it fails, nothing of it is.

        Binaries that were built for PyTorch's stable ABI load as they are, also where there is no PyTorch."""
        _provide_torch_names()
        _host.load_library(os.path.abspath(os.fspath(path)))


class Class:
    """A custom class: called it makes an instance; its attributes are its static methods."""

    def __init__(self, name):
        self._name = name

    def __call__(self, *args, **kwargs):
        return _host.make_object(self._name, *args, **kwargs)

    def __getattr__(self, method):
        if method.startswith("__"):
            raise AttributeError(method)
        return functools.partial(_host.call_static_method, self._name, method)


class ClassNamespace(types.ModuleType):
    """The custom classes of one namespace."""

    def __init__(self, name):
        super().__init__(f"paddle_spinel.classes.{name}")
        self._namespace = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Class(f"{self._namespace}.{name}")


class Classes(types.ModuleType):
    """All namespaces of custom classes, as torch.classes has them."""

    def __init__(self):
        super().__init__("paddle_spinel.classes")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return ClassNamespace(name)


ops = Operators()
classes = Classes()


def _load_for_paddle(path):
    ops.load_library(path)
    _publish()


def _publish():
    """Tells paddle.ops of the operators of the registry that it has no Python function for."""
    for name in {name.split(".")[0] for name in _host.operator_names()}:
        if not _paddle_ops.PYTHON_OP_REGISTRY.has_operator(name):
            _paddle_ops.PYTHON_OP_REGISTRY.register(name, _host.operator(name))


def serve_paddle_ops():
    """From here on paddle.ops loads libraries into this registry and calls their operators, bound by schema; so does
    torch.ops inside packages that run on PaddlePaddle through paddle.enable_compat(). Operators that PaddlePaddle
    knows already stay its own."""
    _paddle_ops.load_library = _load_for_paddle
    _publish()
