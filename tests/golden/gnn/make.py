"""Makes the cases of this folder with torch_geometric 2.6.1 on torch 2.13 (CPU, float64):

    python make.py [FOLDER]

Networks of torch_geometric.nn.models with seeded parameters on small random graphs, and training runs on the data sets
of data/: losses before each step and the parameters after the last.
"""

import json
import pathlib
import sys
import tempfile

import torch
import torch_geometric
from safetensors.torch import load_file, save_file
from torch_geometric.datasets import TUDataset
from torch_geometric.nn import aggr, models
from torch_geometric.utils import degree

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
DATA = pathlib.Path(__file__).resolve().parents[3] / "data"
REFERENCE = f"torch_geometric {torch_geometric.__version__}, torch {torch.__version__}"


class Classifier(torch.nn.Module):
    """Network, readout and MLP, as examples/mutag_gin.py of torch_geometric puts them together."""

    def __init__(self, gnn, readout, classifier):
        super().__init__()
        self.gnn, self.readout, self.classifier = gnn, readout, classifier

    def forward(self, x, edge_index, batch, **kwargs):
        h = self.gnn(x, edge_index, batch=batch, **kwargs)
        return self.classifier(self.readout(h, batch))


def network(name, args):
    args = {k: torch.tensor(v) if k == "deg" else v for k, v in args.items()}
    return getattr(models, {"SAGE": "GraphSAGE"}.get(name, name))(**args).double()


def state(module, prefix):
    names = dict(module.named_parameters()).keys()
    kind = lambda key: "param" if key in names else "buffer"
    return {f"{prefix or kind(k)}.{k}": v.detach().clone() for k, v in module.state_dict().items()}


def write(name, variant, tensors, **metadata):
    meta = {"format": "golden/1", "area": "gnn", "name": name, "reference": REFERENCE}
    meta.update({k: v if isinstance(v, str) else json.dumps(v) for k, v in metadata.items()})
    path = OUT / f"{name}-{variant}.safetensors"
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, meta)
    path.chmod(0o644)


def shuffle_parameters(module, generator):
    """Away from special values: biases of 0, norms of 1 and 0."""
    with torch.no_grad():
        for value in module.parameters():
            value += 0.1 * torch.randn(value.shape, generator=generator, dtype=value.dtype)


def graph(generator, n=12, e=40, width=5):
    edges = torch.randint(0, n, (2, e), generator=generator)
    edges = edges[:, edges[0] != edges[1]].unique(dim=1)
    x = torch.randn(n, width, generator=generator, dtype=torch.float64)
    batch = torch.tensor([0] * (n // 2) + [1] * (n - n // 2))
    inside = batch[edges[0]] == batch[edges[1]]
    return x, edges[:, inside], batch


def module_case(name, variant, args, extra=(), mode="eval"):
    generator = torch.Generator().manual_seed(len(name) * 1000 + len(variant))
    torch.manual_seed(7)
    x, edge_index, batch = graph(generator)
    inputs = {"x": x, "edge_index": edge_index}
    for key in extra:
        e = edge_index.size(1)
        if key == "edge_weight":
            inputs[key] = torch.rand(e, generator=generator, dtype=torch.float64)
        elif key == "edge_attr":
            inputs[key] = torch.randn(e, 3, generator=generator, dtype=torch.float64)
        else:
            inputs[key] = batch
    module = network(name, args)
    shuffle_parameters(module, generator)
    module.train(mode == "train")
    tensors = state(module, "")
    for value in inputs.values():
        value.requires_grad_(value.is_floating_point())
    out = module(**inputs)
    cotangent = torch.randn(out.shape, generator=generator, dtype=out.dtype)
    (out * cotangent).sum().backward()
    for key, value in inputs.items():
        tensors[f"input.{key}"] = value.detach()
        if value.grad is not None:
            tensors[f"grad.input.{key}"] = value.grad
    for key, value in module.named_parameters():
        if value.grad is not None:
            tensors[f"grad.param.{key}"] = value.grad
    tensors["output.y"], tensors["cotangent.y"] = out.detach(), cotangent
    call = {"args": ["x", "edge_index"], "kwargs": {k: k for k in extra}}
    write(name, variant, tensors, kind="module", mode=mode, args=args, call=call, outputs=["y"],
          tolerance={"rtol": 1e-9, "atol": 1e-10, "grad_rtol": 1e-8, "grad_atol": 1e-9})


def train_case(name, variant, args, module, batches, steps, optimizer, note):
    """Each step takes one batch; two rounds of the batches at least are two epochs."""
    module.train()
    tensors = state(module, "")
    keys = [k for k in batches[0] if k not in ("target", "train_index")]
    for j, batch in enumerate(batches):
        tensors.update({f"batch{j}.input.{k}": v for k, v in batch.items()})
    adam = torch.optim.Adam(module.parameters(), **optimizer)
    losses = []
    for step in range(steps):
        batch = batches[step % len(batches)]
        inputs = {k: batch[k] for k in keys if k != "node_index"}
        out = module(**inputs)
        out = out[batch["node_index"]] if "node_index" in batch else out
        loss = torch.nn.functional.cross_entropy(out, batch["target"])
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    tensors["loss"] = torch.tensor(losses, dtype=torch.float64)
    tensors.update(state(module, "final.param"))
    write(name, variant, tensors, kind="train", args=args, mode="train", note=note,
          call={"args": keys[:2], "kwargs": {k: k for k in keys[2:]}}, outputs=["y"],
          loss={"name": "terms", "terms": [{"fn": "cross_entropy", "output": "y", "target": "target"}]},
          optimizer={"name": "Adam", **optimizer},
          tolerance={"rtol": 1e-9, "atol": 1e-10, "grad_rtol": 1e-6, "grad_atol": 1e-8})


def karate():
    data = load_file(DATA / "karate-club" / "karate_club.safetensors")
    nodes = data["train_mask"].nonzero().view(-1)
    return {"x": torch.eye(34, dtype=torch.float64), "edge_index": data["edge_index"].long(), "node_index": nodes,
            "target": data["y"].long()[nodes]}


def building_blocks(size, count):
    """The first graphs in batches, in order, with features of nodes and edges as TUDataset makes them."""
    root = DATA / "mof-building-blocks"
    with tempfile.TemporaryDirectory() as folder:
        raw = pathlib.Path(folder) / "MOFBB" / "raw"
        raw.mkdir(parents=True)
        for file in root.glob("MOFBB_*.txt"):
            (raw / file.name).write_text(file.read_text())
        graphs = TUDataset(folder, "MOFBB")
    # Linkers and nodes in turn, so that each batch has both classes.
    order = [k for pair in zip(range(90), range(90, 180)) for k in pair]
    batches = []
    for first in range(0, size * count, size):
        batch = torch_geometric.data.Batch.from_data_list([graphs[k] for k in order[first:first + size]])
        batches.append({"x": batch.x.double(), "edge_index": batch.edge_index, "edge_attr": batch.edge_attr.double(),
                        "batch": batch.batch, "ptr": batch.ptr, "target": batch.y})
    return batches


def without(batches, *keys):
    return [{k: v for k, v in batch.items() if k not in keys} for batch in batches]


def main():
    base = {"in_channels": 5, "hidden_channels": 8, "num_layers": 3}
    deg = torch.bincount(degree(graph(torch.Generator().manual_seed(1))[1][1]).long()).tolist()
    pna = {"aggregators": ["mean", "max", "std"], "scalers": ["identity", "amplification"], "deg": deg}
    module_case("GCN", "plain", {**base, "out_channels": 3}, ["edge_weight"])
    module_case("GCN", "hidden-only", {**base, "num_layers": 1, "improved": True})
    module_case("GCN", "batch-norm-cat", {**base, "out_channels": 3, "norm": "batch_norm", "jk": "cat"}, mode="train")
    module_case("GCN", "graph-norm-lstm", {**base, "out_channels": 4, "norm": "GraphNorm", "jk": "lstm",
                                           "act_first": True, "act": "elu", "act_kwargs": {"alpha": 0.5}}, ["batch"])
    module_case("GraphSAGE", "max-last", {**base, "jk": "last", "aggr": "max"})
    module_case("GraphSAGE", "normalize", {**base, "out_channels": 2, "normalize": True, "act": "tanh"})
    module_case("GIN", "batch-norm", {**base, "out_channels": 3, "norm": "batch_norm", "train_eps": True}, mode="train")
    module_case("GIN", "jk-max", {**base, "out_channels": 3, "jk": "max", "eps": 0.3})
    module_case("GAT", "heads", {**base, "out_channels": 3, "heads": 4})
    module_case("GAT", "v2-edges", {**base, "v2": True, "heads": 2, "edge_dim": 3, "jk": "max", "norm": "layer_norm"},
                ["edge_attr"])
    module_case("GAT", "mean-of-heads", {**base, "out_channels": 3, "heads": 2, "concat": False})
    module_case("PNA", "edges", {**base, "out_channels": 3, "edge_dim": 3, **pna}, ["edge_attr"])
    module_case("PNA", "towers", {**base, "in_channels": 5, "towers": 1, "post_layers": 2, "jk": "cat", **pna})
    module_case("EdgeCNN", "plain", {**base, "out_channels": 3})
    module_case("EdgeCNN", "mean-batch-norm", {**base, "aggr": "mean", "norm": "batch_norm"}, mode="train")

    club = karate()
    adam = {"lr": 0.01, "weight_decay": 5e-4}
    for name, more in {"GCN": {}, "GAT": {"heads": 4}, "GIN": {}, "SAGE": {}, "EdgeCNN": {}}.items():
        torch.manual_seed(3)
        args = {"in_channels": 34, "hidden_channels": 16, "num_layers": 2, "out_channels": 2, **more}
        train_case(name, "karate", args, network(name, args), [club], 10, adam,
                   "whole graph each step, the loss of the two labelled nodes")

    blocks = building_blocks(8, 4)
    width = blocks[0]["x"].size(1)
    torch.manual_seed(5)
    args = {"in_channels": width, "hidden_channels": 16, "num_layers": 3, "jk": "cat", "norm": "batch_norm"}
    tail = {"hidden_channels": 16, "out_channels": 2, "num_layers": 2, "norm": "batch_norm"}
    net = Classifier(network("GIN", args), aggr.SumAggregation(), models.MLP(in_channels=16, **tail).double())
    train_case("GIN", "building-blocks", {**args, "readout": "sum", "classifier": tail}, net,
               without(blocks, "edge_attr", "ptr"), 8, {"lr": 0.01}, "two epochs of four batches of eight graphs")
    deg = torch.bincount(torch.cat([degree(b["edge_index"][1], b["x"].size(0)).long() for b in blocks])).tolist()
    args = {"in_channels": width, "hidden_channels": 8, "num_layers": 2, "edge_dim": 4,
            "aggregators": ["mean", "min", "max", "std"], "scalers": ["identity", "amplification", "attenuation"],
            "deg": deg}
    tail = {"channel_list": [8, 2], "norm": None}
    net = Classifier(network("PNA", args), aggr.MeanAggregation(), models.MLP([8, 2], norm=None).double())
    train_case("PNA", "building-blocks", {**args, "readout": "mean", "classifier": tail}, net, without(blocks, "ptr"),
               8, {"lr": 0.01}, "two epochs of four batches of eight graphs")


main()
