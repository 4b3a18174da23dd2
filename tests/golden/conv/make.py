"""Makes those cases of this folder whose names are in its table, with torch_geometric 2.6.1 on torch 2.13 (CPU, float64):

    python make.py [FOLDER]

Options that the other cases leave at their defaults, and the flow target_to_source, with one set of nodes and with two.
"""

import json
import pathlib
import sys

import torch
import torch_geometric
from safetensors.torch import save_file
from torch_geometric import nn as pyg

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
REFERENCE = f"torch_geometric {torch_geometric.__version__} on torch {torch.__version__}, CPU"
TOLERANCE = {"rtol": 1e-8, "atol": 1e-10, "grad_rtol": 1e-7, "grad_atol": 1e-9}


def linear(width, out):
    return {"module": "Linear", "in_features": width, "out_features": out, "bias": True}


def sequential(*layers):
    return {"module": "Sequential", "layers": list(layers)}


def built(value):
    """Modules for the notation of README.md, in arguments of any depth."""
    if isinstance(value, list):
        return [built(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "module" not in value:
        return {key: built(item) for key, item in value.items()}
    arguments = {key: built(item) for key, item in value.items() if key != "module"}
    if value["module"] == "Sequential":
        return torch.nn.Sequential(*arguments["layers"])
    library = torch.nn if hasattr(torch.nn, value["module"]) else pyg
    return getattr(library, value["module"])(**arguments)


def graph(generator, nodes=6, edges=15):
    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    places = torch.randperm(nodes * nodes, generator=generator)
    places = places[places % nodes != places // nodes][:edges]
    count = places.numel()
    return {
        "edge_index": torch.stack([places % nodes, places // nodes]),
        **{name: draw(nodes, 4) for name in ("x", "x_src", "x_dst", "x_0")},
        **{name: draw(nodes, 3) for name in ("pos", "pos_src", "pos_dst", "normal_src", "normal_dst")},
        "hyperedge_attr": draw(nodes, 4),
        "edge_attr": torch.rand(count, 3, generator=generator),
        "edge_weight": torch.rand(count, generator=generator) + 0.5,
        "edge_type": torch.randint(3, (count,), generator=generator),
        "node_type": torch.randint(2, (nodes,), generator=generator),
        "batch": torch.tensor([0, 0, 1, 1, 1, 2]),
        "layers": draw(nodes, 2, 4),
    }


def write(name, variant, args, call, kwargs=None, mode="eval"):
    kwargs = kwargs or {}
    generator = torch.Generator().manual_seed(1000 * len(name) + 10 * len(variant) + sum(map(ord, name + variant)) % 997)
    torch.manual_seed(7)
    tensors = graph(generator)
    arguments = {key: torch.tensor(value) if key == "deg" else built(value) for key, value in args.items()}
    module = getattr(pyg, name)(**arguments)
    module.train(mode == "train")
    used = {}

    def given(item):
        if isinstance(item, list):
            return tuple(given(one) for one in item)
        if isinstance(item, dict):
            return item["value"]
        if item not in used:
            used[item] = tensors[item].clone().requires_grad_(tensors[item].is_floating_point())
        return used[item]

    for parameter in module.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
    names = dict(module.named_parameters())
    state = {f"{'param' if key in names else 'buffer'}.{key}": value.detach().clone()
             for key, value in module.state_dict().items()}
    positional, named = [given(one) for one in call], {key: given(one) for key, one in kwargs.items()}
    out = module(*positional, **named)
    cotangent = torch.randn(out.shape, generator=generator)
    leaves = {f"input.{key}": value for key, value in used.items() if value.requires_grad}
    leaves.update({f"param.{key}": value for key, value in names.items() if value.requires_grad})
    found = torch.autograd.grad((out * cotangent).sum(), list(leaves.values()), allow_unused=True)
    case = {**state, **{f"input.{key}": value.detach() for key, value in used.items()}, "output.out": out.detach()}
    case["cotangent.out"] = cotangent
    case.update({f"grad.{key}": value for key, value in zip(leaves, found) if value is not None})
    meta = {"format": "golden/1", "area": "conv", "kind": "module", "name": name, "mode": mode, "reference": REFERENCE}
    form = {"args": args, "call": {"args": call, "kwargs": kwargs}, "outputs": ["out"], "tolerance": TOLERANCE}
    meta.update({key: json.dumps(value) for key, value in form.items()})
    path = OUT / f"{name}-{variant}.safetensors"
    save_file({key: value.contiguous() for key, value in case.items()}, path, meta)
    path.chmod(0o644)


ONE, PAIR = ["x", "edge_index"], [["x_src", "x_dst"], "edge_index"]
ATTR, WEIGHT, TYPE = {"edge_attr": "edge_attr"}, {"edge_weight": "edge_weight"}, {"edge_type": "edge_type"}
WIDTHS, MLP = {"in_channels": 4, "out_channels": 3}, sequential(linear(4, 5), {"module": "Tanh"}, linear(5, 3))
PAIRS = sequential(linear(8, 5), {"module": "Tanh"}, linear(5, 3))
PNA = {**WIDTHS, "out_channels": 4, "aggregators": ["mean", "max"], "scalers": ["identity", "linear"], "deg": [1, 2, 3]}
LEAKY = {"negative_slope": 0.45}
RELATIONS = {**WIDTHS, "num_relations": 3}
HEAT = {**WIDTHS, "num_node_types": 2, "num_edge_types": 3, "edge_type_emb_dim": 2, "edge_dim": 3,
        "edge_attr_emb_dim": 2, "heads": 2}

# Name, variant, arguments of the constructor, of the call by place and by name, mode.
OPTIONS = [
    ("AntiSymmetricConv", "act-kwargs", {"in_channels": 4, "act": "leaky_relu", "act_kwargs": LEAKY, "num_iters": 2}, ONE),
    ("DNAConv", "noloops", {"channels": 4, "heads": 2, "add_self_loops": False}, ["layers", "edge_index"], WEIGHT),
    ("FastRGCNConv", "nobias-mean", {**RELATIONS, "bias": False, "aggr": "mean"}, ONE, TYPE),
    ("GATConv", "nobias-slope", {**WIDTHS, **LEAKY, "bias": False, "heads": 2}, ONE),
    ("GATv2Conv", "nobias-slope", {**WIDTHS, **LEAKY, "bias": False, "heads": 2}, ONE),
    ("GATv2Conv", "share-weights-pair", {**WIDTHS, "share_weights": True, "heads": 2, "add_self_loops": False}, PAIR),
    ("GENConv", "eps", {**WIDTHS, "eps": 0.3, "norm": "layer"}, ONE),
    ("GENConv", "eps-edge", {**WIDTHS, "eps": 0.3, "norm": "layer", "edge_dim": 3, "aggr": "mean"}, ONE, ATTR),
    ("GENConv", "layers-expansion-bias", {**WIDTHS, "num_layers": 3, "expansion": 3, "bias": True, "norm": "layer"}, ONE),
    ("GENConv", "instance-p", {**WIDTHS, "norm": "instance", "aggr": "power", "p": 2.5}, ONE),
    ("GENConv", "softmax-t", {**WIDTHS, "norm": None, "aggr": "softmax", "t": 0.4}, ONE),
    ("GENConv", "softmax-sg-t", {**WIDTHS, "norm": None, "aggr": "softmax_sg", "t": 0.4}, ONE),
    ("GENConv", "one-layer-msg-norm", {**WIDTHS, "num_layers": 1, "msg_norm": True}, PAIR),
    ("GPSConv", "act-norm-kwargs", {"channels": 4, "conv": {"module": "GCNConv", "in_channels": 4, "out_channels": 4},
                                    "act": "leaky_relu", "act_kwargs": LEAKY, "norm": "layer_norm",
                                    "norm_kwargs": {"eps": 0.2, "mode": "node"}}, [*ONE, "batch"]),
    ("GeneralConv", "skip-linear", {"in_channels": 4, "out_channels": 4, "skip_linear": True}, ONE),
    ("GeneralConv", "attention-own-edge", {**WIDTHS, "in_edge_channels": 3, "attention": True, "heads": 2,
                                           "directed_msg": False}, ONE, ATTR),
    ("GeneralConv", "dot-own-edge", {**WIDTHS, "in_edge_channels": 3, "attention": True, "heads": 2,
                                     "attention_type": "dot_product", "directed_msg": False}, ONE, ATTR),
    ("HEATConv", "slope", {**HEAT, **LEAKY}, [*ONE, "node_type", "edge_type", "edge_attr"]),
    ("HypergraphConv", "attention-slope", {**WIDTHS, **LEAKY, "use_attention": True, "heads": 2},
     ONE, {"hyperedge_attr": "hyperedge_attr"}),
    ("MLP", "act-norm-kwargs", {"channel_list": [4, 5, 3], "act": "leaky_relu", "act_kwargs": LEAKY, "norm": "layer_norm",
                                "norm_kwargs": {"eps": 0.2, "mode": "graph"}, "plain_last": False}, ["x"], {"batch": "batch"}),
    ("PNAConv", "act-kwargs-layers", {**PNA, "act": "leaky_relu", "act_kwargs": LEAKY, "pre_layers": 2, "post_layers": 2,
                                      "towers": 2, "divide_input": True}, ONE),
    ("RGATConv", "slope-nobias-edge", {**RELATIONS, **LEAKY, "bias": False, "heads": 2, "edge_dim": 3}, ONE, {**TYPE, **ATTR}),
    ("ResGatedGraphConv", "nobias-act", {**WIDTHS, "bias": False, "act": {"module": "Tanh"}, "edge_dim": 3}, ONE, ATTR),
    ("SAGEConv", "nobias", {**WIDTHS, "bias": False}, ONE),
    ("SGConv", "nobias", {**WIDTHS, "bias": False, "K": 3}, ONE, WEIGHT),
    ("SSGConv", "noloops", {**WIDTHS, "add_self_loops": False, "alpha": 0.3, "K": 3}, ONE, WEIGHT),
    ("SuperGATConv", "slope-nobias", {**WIDTHS, **LEAKY, "bias": False, "heads": 2}, ONE),
    ("SuperGATConv", "slope-sd", {**WIDTHS, **LEAKY, "attention_type": "SD", "heads": 2}, ONE),
    ("MixHopConv", "twice-order", {**WIDTHS, "powers": [2, 0, 2]}, ONE, WEIGHT),
    ("ChebConv", "rw-batch-lambda", {**WIDTHS, "K": 4, "normalization": "rw"}, ONE, WEIGHT),
    ("BatchNorm", "eps-momentum-eval", {"in_channels": 4, "eps": 0.2}, ["x"]),
    ("BatchNorm", "plain-train", {"in_channels": 4, "eps": 0.2, "affine": False, "track_running_stats": False}, ["x"], {}, "train"),
    ("BatchNorm", "no-stats-eval", {"in_channels": 4, "track_running_stats": False}, ["x"]),
    ("DiffGroupNorm", "lamda-eps", {"in_channels": 4, "groups": 3, "lamda": 0.6, "eps": 0.2}, ["x"], {}, "train"),
    ("GraphNorm", "eps", {"in_channels": 4, "eps": 0.3}, ["x", "batch"]),
    ("InstanceNorm", "eps-affine", {"in_channels": 4, "eps": 0.3, "affine": True}, ["x", "batch"], {}, "train"),
    ("InstanceNorm", "tracked-eval", {"in_channels": 4, "eps": 0.3, "track_running_stats": True}, ["x", "batch"]),
    ("LayerNorm", "graph-eps-batch", {"in_channels": 4, "eps": 0.3}, ["x", "batch"]),
    ("LayerNorm", "graph-eps", {"in_channels": 4, "eps": 0.3}, ["x"]),
    ("LayerNorm", "node-eps-plain", {"in_channels": 4, "eps": 0.3, "mode": "node", "affine": False}, ["x", "batch"]),
    ("PairNorm", "scale-eps", {"scale": 1.7, "eps": 0.3}, ["x", "batch"]),
    ("PairNorm", "individually", {"scale": 1.7, "eps": 0.3, "scale_individually": True}, ["x", "batch"]),
]

# The same with flow target_to_source.
FLOWS = [
    ("ARMAConv", "", {**WIDTHS, "num_layers": 2}, ONE, WEIGHT),
    ("CGConv", "pair", {"channels": 4, "dim": 3}, PAIR, ATTR),
    ("ChebConv", "", {**WIDTHS, "K": 3}, ONE, WEIGHT),
    ("ClusterGCNConv", "", {**WIDTHS, "diag_lambda": 0.3}, ONE),
    ("DNAConv", "", {"channels": 4, "heads": 2}, ["layers", "edge_index"], WEIGHT),
    ("EGConv", "", {**WIDTHS, "num_heads": 1, "aggregators": ["symnorm", "std"]}, ONE),
    ("EdgeConv", "pair", {"nn": PAIRS}, PAIR),
    ("FAConv", "", {"channels": 4}, ["x", "x_0", "edge_index"]),
    ("FeaStConv", "pair", {**WIDTHS, "heads": 2}, PAIR),
    ("FiLMConv", "pair", RELATIONS, PAIR, TYPE),
    ("FastRGCNConv", "pair", {**RELATIONS, "in_channels": [4, 4]}, PAIR, TYPE),
    ("RGCNConv", "pair", {**RELATIONS, "in_channels": [4, 4]}, PAIR, TYPE),
    ("GATConv", "", {**WIDTHS, "heads": 2}, ONE),
    ("GATConv", "pair", {**WIDTHS, "in_channels": [4, 4], "heads": 2, "add_self_loops": False}, PAIR),
    ("GATv2Conv", "", {**WIDTHS, "heads": 2}, ONE),
    ("GATv2Conv", "pair", {**WIDTHS, "in_channels": [4, 4], "heads": 2, "edge_dim": 3}, PAIR, ATTR),
    ("GENConv", "pair", {**WIDTHS, "norm": None}, PAIR),
    ("GINConv", "pair", {"nn": MLP, "eps": 0.3}, PAIR),
    ("GINEConv", "pair", {"nn": MLP, "edge_dim": 3, "eps": 0.3}, PAIR, ATTR),
    ("GMMConv", "pair", {**WIDTHS, "in_channels": [4, 4], "dim": 3, "kernel_size": 2}, PAIR, ATTR),
    ("GMMConv", "pair-max", {**WIDTHS, "in_channels": [4, 4], "dim": 3, "kernel_size": 2, "aggr": "max"}, PAIR, ATTR),
    ("GMMConv", "pair-separate", {**WIDTHS, "in_channels": [4, 4], "dim": 3, "kernel_size": 2,
                                  "separate_gaussians": True}, PAIR, ATTR),
    ("GeneralConv", "pair", {**WIDTHS, "in_channels": [4, 4]}, PAIR),
    ("GeneralConv", "pair-dot-own", {**WIDTHS, "in_channels": [4, 4], "attention": True, "directed_msg": False,
                                     "attention_type": "dot_product"}, PAIR),
    ("GraphConv", "pair", WIDTHS, PAIR, WEIGHT),
    ("HEATConv", "", HEAT, [*ONE, "node_type", "edge_type", "edge_attr"]),
    ("LEConv", "pair", {**WIDTHS, "in_channels": [4, 4]}, PAIR, WEIGHT),
    ("MFConv", "pair", {**WIDTHS, "max_degree": 2}, PAIR),
    ("NNConv", "pair", {**WIDTHS, "nn": linear(3, 12)}, PAIR, ATTR),
    ("PNAConv", "", {**PNA, "edge_dim": 3}, ONE, ATTR),
    ("PPFConv", "pair", {"local_nn": linear(8, 3), "add_self_loops": False},
     [["x_src", "x_dst"], ["pos_src", "pos_dst"], ["normal_src", "normal_dst"], "edge_index"]),
    ("PointGNNConv", "", {"mlp_h": linear(4, 3), "mlp_f": linear(7, 5), "mlp_g": linear(5, 4)}, ["x", "pos", "edge_index"]),
    ("PointNetConv", "pair", {"local_nn": linear(7, 3), "add_self_loops": False},
     [["x_src", "x_dst"], ["pos_src", "pos_dst"], "edge_index"]),
    ("PointTransformerConv", "", WIDTHS, ["x", "pos", "edge_index"]),
    ("PointTransformerConv", "pair", {**WIDTHS, "in_channels": [4, 4]},
     [["x_src", "x_dst"], ["pos_src", "pos_dst"], "edge_index"]),
    ("RGATConv", "scaled", {**RELATIONS, "heads": 2, "mod": "scaled"}, ONE, TYPE),
    ("ResGatedGraphConv", "pair", {**WIDTHS, "in_channels": [4, 4]}, PAIR),
    ("SAGEConv", "project", {**WIDTHS, "project": True}, ONE),
    ("SAGEConv", "pair", {**WIDTHS, "in_channels": [4, 4]}, PAIR),
    ("SignedConv", "pair", {**WIDTHS, "first_aggr": True}, [["x_src", "x_dst"], "edge_index", "edge_index"]),
    ("SimpleConv", "pair-cat", {"aggr": "mean", "combine_root": "cat"}, PAIR),
    ("SuperGATConv", "", {**WIDTHS, "heads": 2}, ONE),
    ("TransformerConv", "pair", {**WIDTHS, "in_channels": [4, 4], "heads": 2, "edge_dim": 3}, PAIR, ATTR),
    ("WLConvContinuous", "", {}, ONE, WEIGHT),
]

if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for case in OPTIONS:
        write(*case)
    for name, variant, args, *rest in FLOWS:
        write(name, "-".join(["to-source", variant]).rstrip("-"), {**args, "flow": "target_to_source"}, *rest)
