"""Operators of Spinel, and of any library written for its registry, on PaddlePaddle.

    import paddle_spinel
    paddle_spinel.ops.load_library("libmine.so")
    y = paddle_spinel.ops.mine.op(x, scale=2.0)
    pool = paddle_spinel.nn.MaxPool2D(3, stride=1, padding=2, dilation=2)
    A = paddle_spinel.sparse.SparseTensor(row=row, col=col, value=value)
"""
import importlib.util

import paddle
from paddle.base import core as _core
from paddle.base.framework import OpProtoHolder as _OpProtoHolder

from paddle_spinel import autograd as _autograd


def _load_host():
    if importlib.util.find_spec("paddle_spinel._host") is None:
        raise ImportError("paddle_spinel: its extension module is not built; run `make test-hosts`, or build the target "
                          "spinel_paddle and put build/release/python on PYTHONPATH")
    from paddle_spinel import _host
    # The operators with derivatives are PaddlePaddle's custom operators from here on.
    _OpProtoHolder.instance().update_op_proto(_core.load_op_meta_info_and_register_op(_host.__file__))
    return _host


_host = _load_host()
_autograd.install(_host.set_create_graph)
set_num_threads = _host.set_num_threads

from paddle_spinel import nn, sparse  # noqa: E402
from paddle_spinel.operators import classes, ops, serve_paddle_ops  # noqa: E402

__all__ = ["classes", "nn", "ops", "serve_paddle_ops", "set_num_threads", "sparse"]
