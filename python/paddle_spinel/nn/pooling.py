"""MaxPool1D, MaxPool2D, MaxPool3D: PaddlePaddle's layers of these names with `dilation`."""
import paddle

from paddle_spinel.nn import functional


class _MaxPool(paddle.nn.Layer):
    """(kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False, dilation=1, data_format), or torch's
    (kernel_size, stride, padding, dilation, return_indices, ceil_mode) where the fourth argument is no boolean."""

    _dims = None
    _defaults = {"stride": None, "padding": 0, "return_mask": False, "ceil_mode": False, "dilation": 1}

    def __init__(self, *args, **kwargs):
        super().__init__()
        names = ["kernel_size", *self._defaults] + (["data_format", "name"] if self._dims > 1 else ["name"])
        torch_names = ["kernel_size", "stride", "padding", "dilation", "return_mask", "ceil_mode"]
        given = functional.named_arguments(type(self).__name__, names, torch_names, 3, args, kwargs)
        if "kernel_size" not in given:
            raise TypeError(f"{type(self).__name__}() missing required argument: 'kernel_size'")
        self.kernel_size = given["kernel_size"]
        for name, default in self._defaults.items():
            setattr(self, name, given.get(name, default))
        self.data_format = given.get("data_format")

    def forward(self, x):
        return functional._pool(self._dims, x, self.kernel_size, self.stride, self.padding, self.return_mask,
                                self.ceil_mode, self.dilation, self.data_format)

    def extra_repr(self):
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}")


class MaxPool1D(_MaxPool):
    """N × C × L."""

    _dims = 1


class MaxPool2D(_MaxPool):
    """N × C × H × W or, with data_format="NHWC", N × H × W × C."""

    _dims = 2


class MaxPool3D(_MaxPool):
    """N × C × D × H × W or, with data_format="NDHWC", N × D × H × W × C."""

    _dims = 3
