"""Layers with PaddlePaddle's signatures, and `functional`."""
from paddle_spinel.nn import functional
from paddle_spinel.nn.pooling import MaxPool1D, MaxPool2D, MaxPool3D

__all__ = ["MaxPool1D", "MaxPool2D", "MaxPool3D", "functional"]
