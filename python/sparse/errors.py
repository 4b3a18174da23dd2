"""What is raised for arguments that are out of place."""


class ArgumentError(ValueError, AssertionError):
    """A ValueError, and for programs written for torch_sparse, which asserts such things, an AssertionError."""


def require(condition, message, kind=ArgumentError):
    if not condition:
        raise kind(message)


def wrapped_dim(dim, dims, what):
    """A dimension counted from 0, or from the end where negative."""
    if not -dims <= dim < dims:
        raise IndexError(f"{what}: Dimension out of range, expected to be in range of [{-dims}, {dims - 1}], "
                         f"but got {dim}")
    return dim + dims if dim < 0 else dim


def checked_reduce(reduce, what):
    """"sum", "mean", "min" or "max"; "add" is "sum"."""
    names = ("sum", "add", "mean", "min", "max")
    require(reduce in names, f"{what}: there is no reduction '{reduce}'; {', '.join(names)} are possible")
    return "sum" if reduce == "add" else reduce
