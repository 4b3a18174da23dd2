"""Tells the host whether the gradients that PaddlePaddle computes are to be differentiated in turn.

PaddlePaddle hands `create_graph` to the gradients of its own operators and not to those of custom ones, which ours are
to it. So its two entries into a backward pass tell the host before they go on.
"""
import functools

from paddle.base import core


def _telling(function, create_graph_of):
    @functools.wraps(function)
    def run(*args, **kwargs):
        before = _set_create_graph(create_graph_of(args, kwargs))
        try:
            return function(*args, **kwargs)
        finally:
            _set_create_graph(before)

    return run


def install(set_create_graph):
    """`set_create_graph` sets the host's value for the thread and returns the one before."""
    global _set_create_graph
    _set_create_graph = set_create_graph
    core.eager.run_partial_grad = _telling(core.eager.run_partial_grad, lambda args, kwargs: bool(args[4]))
    core.eager.run_backward = _telling(core.eager.run_backward, lambda args, kwargs: False)
