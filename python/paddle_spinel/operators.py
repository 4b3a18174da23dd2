"""paddle_spinel.ops.<namespace>.<operator>[.<overload>], as torch.ops has them."""
import os
import types

from paddle_spinel import _host


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
        """Loads a library of operators. What it registers is there afterwards; if it fails, nothing of it is."""
        _host.load_library(os.path.abspath(os.fspath(path)))


ops = Operators()
