"""torch_geometric 2.6.1 on the cases of training.py; answers the commands of training_bench.cc, with `edge_index` or
`adj_t` behind those of `open`. `make SPEC FILE GRAPH EDGES NODES CLASSES` writes a case with the parameters of a new
network."""

import json
import os
import sys
import warnings

import numpy as np
import torch
import torch_geometric
import torch_geometric.nn
from safetensors.torch import save_file

import training_loop_peer

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import graphs  # noqa: E402

LEARNING_RATE = 0.01


def make(spec, path, graph, edges, nodes, classes):
    """A graph with both directions of each edge, no edge twice and no loops. Classes follow from the features."""
    if graph == "rmat":
        row, column, nodes = graphs.rmat((nodes - 1).bit_length(), edges)
    else:
        row, column, nodes = graphs.uniform(nodes, edges)
    matrix = graphs.undirected(row, column, nodes).tocoo()
    torch.manual_seed(0)
    width = next(iter(spec["layers"][0].values()))["in_channels"]
    x = torch.randn(nodes, width)
    tensors = {"x": x, "y": (x @ torch.randn(width, classes)).argmax(1),
               "edge_index": torch.from_numpy(np.stack([matrix.row, matrix.col]).astype(np.int64))}
    for k, layer in enumerate(spec["layers"]):
        (name, arguments), = layer.items()
        conv = getattr(torch_geometric.nn, name)(**arguments)
        tensors |= {f"param.{k}.{key}": value.contiguous() for key, value in conv.state_dict().items()}
    save_file(tensors, path, {"spec": json.dumps({**spec, "lr": LEARNING_RATE})})


class Training(training_loop_peer.Training):
    def make_edges(self, edge_index, form, spec):
        if form == "edge_index":
            return edge_index
        from torch_sparse import SparseTensor
        return SparseTensor(row=edge_index[1], col=edge_index[0], sparse_sizes=(len(self.x), len(self.x)))

    def make_conv(self, name, arguments, state):
        conv = getattr(torch_geometric.nn, name)(**arguments)
        conv.load_state_dict(state)
        return conv

    def make_optimizer(self, parameters, lr):
        return torch.optim.Adam(parameters, lr=lr, fused=True)  # on small graphs faster than its default

    def convolve(self, conv, h):
        return conv(h, self.edges)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Sparse")
    VERSION = f"torch_geometric {torch_geometric.__version__} on torch {torch.__version__}"
    training_loop_peer.serve(Training, VERSION, make)
