"""The convolutions that conv.py measures: all of torch_geometric 2.6.1 but cuGraph's, and FusedGATConv, which needs
dgNN and so CUDA. (Class, arguments, inputs beside x and edge_index, most edges where those of others are too many.)"""

F = 64  # features of nodes, and of results over all heads
D = 16  # features of edges
RELATIONS = 4
NEIGHBOURS = 10  # of each point, where a convolution makes its graph
NODE_TYPES = ["author", "paper"]
EDGE_TYPES = [["author", "writes", "paper"], ["paper", "written_by", "author"], ["paper", "cites", "paper"]]


def linear(a, b):
    return {"Linear": {"in_features": a, "out_features": b}}


def mlp(a, b, c):
    return {"Sequential": {"layers": [linear(a, b), "ReLU", linear(b, c)]}}


WIDTHS = {"in_channels": F, "out_channels": F}
HEADS = {"in_channels": F, "out_channels": F // 4, "heads": 4}
TYPED = {"in_channels": F, "out_channels": F, "metadata": [NODE_TYPES, EDGE_TYPES], "heads": 4}

CASES = [
    ("AGNNConv", {}, []),
    ("AntiSymmetricConv", {"in_channels": F}, []),
    ("APPNP", {"K": 4, "alpha": 0.1}, []),
    ("ARMAConv", {**WIDTHS, "num_stacks": 2, "num_layers": 2}, []),
    ("CGConv", {"channels": F, "dim": D}, ["edge_attr"]),
    ("ChebConv", {**WIDTHS, "K": 3}, []),
    ("ClusterGCNConv", WIDTHS, []),
    ("DirGNNConv", {"conv": {"SAGEConv": WIDTHS}}, []),
    ("DNAConv", {"channels": F, "heads": 4}, ["x_layers"]),
    ("DynamicEdgeConv", {"nn": mlp(2 * F, F, F), "k": NEIGHBOURS}, ["cloud"]),
    ("EdgeConv", {"nn": mlp(2 * F, F, F)}, []),
    ("EGConv", {**WIDTHS, "aggregators": ["symnorm", "mean", "max"]}, []),
    ("FAConv", {"channels": F}, ["x_0"]),
    ("FastRGCNConv", {**WIDTHS, "num_relations": RELATIONS}, ["edge_type"], 300_000),
    ("FeaStConv", {**WIDTHS, "heads": 4}, []),
    ("FiLMConv", {**WIDTHS, "num_relations": RELATIONS}, ["edge_type"]),
    ("GATConv", HEADS, []),
    ("GATConv", {**HEADS, "edge_dim": D}, ["edge_attr"]),
    ("GATv2Conv", HEADS, []),
    ("GATv2Conv", {**HEADS, "edge_dim": D}, ["edge_attr"]),
    ("GatedGraphConv", {"out_channels": F, "num_layers": 2}, []),
    ("GCN2Conv", {"channels": F, "alpha": 0.1, "theta": 0.5, "layer": 1}, ["x_0"]),
    ("GCNConv", WIDTHS, []),
    ("GCNConv", WIDTHS, ["edge_weight"]),
    ("GENConv", WIDTHS, []),
    ("GENConv", {**WIDTHS, "edge_dim": D}, ["edge_attr"]),
    ("GeneralConv", {**WIDTHS, "heads": 2, "attention": True}, []),
    ("GINConv", {"nn": mlp(F, F, F)}, []),
    ("GINEConv", {"nn": mlp(F, F, F), "edge_dim": D}, ["edge_attr"]),
    ("GMMConv", {**WIDTHS, "dim": 3, "kernel_size": 4}, ["pseudo"]),
    ("GPSConv", {"channels": F, "conv": {"GINConv": {"nn": mlp(F, F, F)}}, "heads": 4}, ["batch"]),
    ("GPSConv", {"channels": F, "conv": {"GINConv": {"nn": mlp(F, F, F)}}, "heads": 4, "attn_type": "performer",
                 "attn_kwargs": {"head_channels": 16}}, ["batch"]),
    ("GraphConv", WIDTHS, ["edge_weight"]),
    ("GraphConv", {**WIDTHS, "aggr": "max"}, []),
    ("GravNetConv", {**WIDTHS, "space_dimensions": 4, "propagate_dimensions": F // 2, "k": NEIGHBOURS}, ["cloud"]),
    ("HANConv", TYPED, ["x_dict", "edge_index_dict"]),
    ("HEATConv", {**HEADS, "num_node_types": 2, "num_edge_types": RELATIONS, "edge_type_emb_dim": D, "edge_dim": D,
                  "edge_attr_emb_dim": D}, ["node_type", "edge_type", "edge_attr"]),
    ("HeteroConv", {"convs": {"__".join(EDGE_TYPES[0]): {"SAGEConv": WIDTHS},
                              "__".join(EDGE_TYPES[1]): {"GATConv": {**HEADS, "add_self_loops": False}},
                              "__".join(EDGE_TYPES[2]): {"GCNConv": WIDTHS}}}, ["x_dict", "edge_index_dict"]),
    ("HGTConv", TYPED, ["x_dict", "edge_index_dict"]),
    ("HypergraphConv", WIDTHS, ["hyperedge_index"]),
    ("LEConv", WIDTHS, ["edge_weight"]),
    ("LGConv", {}, []),
    ("MFConv", WIDTHS, []),
    ("MixHopConv", WIDTHS, []),
    ("NNConv", {**WIDTHS, "nn": mlp(D, F, F * F)}, ["edge_attr"], 100_000),
    ("PANConv", {**WIDTHS, "filter_size": 2}, []),
    ("PDNConv", {**WIDTHS, "edge_dim": D, "hidden_channels": F}, ["edge_attr"]),
    ("PNAConv", {**WIDTHS, "aggregators": ["mean", "min", "max", "std"],
                 "scalers": ["identity", "amplification", "attenuation"], "deg": [0, 1, 2, 4, 8, 16, 16, 8, 4, 2, 1],
                 "towers": 4}, [], 500_000),
    ("PointGNNConv", {"mlp_h": mlp(F, F, 3), "mlp_f": mlp(F + 3, F, F), "mlp_g": mlp(F, F, F)}, ["pos"]),
    ("PointNetConv", {"local_nn": mlp(F + 3, F, F), "global_nn": mlp(F, F, F)}, ["pos"]),
    ("PointTransformerConv", WIDTHS, ["pos"]),
    ("PPFConv", {"local_nn": mlp(F + 4, F, F), "global_nn": mlp(F, F, F), "add_self_loops": False}, ["pos", "normal"]),
    ("ResGatedGraphConv", WIDTHS, []),
    ("ResGatedGraphConv", {**WIDTHS, "edge_dim": D}, ["edge_attr"]),
    ("RGATConv", {**HEADS, "num_relations": RELATIONS}, ["edge_type"], 100_000),
    ("RGCNConv", {**WIDTHS, "num_relations": RELATIONS}, ["edge_type"]),
    ("SAGEConv", WIDTHS, []),
    ("SAGEConv", {**WIDTHS, "aggr": "max"}, []),
    ("SGConv", {**WIDTHS, "K": 2}, []),
    ("SignedConv", {**WIDTHS, "out_channels": F // 2, "first_aggr": True}, ["pos_edge_index", "neg_edge_index"]),
    ("SimpleConv", {"aggr": "mean"}, []),
    ("SplineConv", {**WIDTHS, "dim": 2, "kernel_size": 5}, ["coordinates"]),
    ("SSGConv", {**WIDTHS, "alpha": 0.1, "K": 2}, []),
    ("SuperGATConv", HEADS, ["neg_edge_index"]),
    ("TAGConv", WIDTHS, []),
    ("TransformerConv", HEADS, []),
    ("TransformerConv", {**HEADS, "edge_dim": D}, ["edge_attr"]),
    ("WLConv", {}, ["colours"]),
    ("WLConvContinuous", {}, ["edge_weight"]),
    ("XConv", {**WIDTHS, "dim": 3, "kernel_size": NEIGHBOURS}, ["pos", "cloud"]),
]
# Inputs that stand for x and edge_index, and convolutions that have neither.
OWN_INPUTS = {"HypergraphConv": ["x", "hyperedge_index"], "SignedConv": ["x", "pos_edge_index", "neg_edge_index"],
              "DNAConv": ["x_layers", "edge_index"], "WLConv": ["colours", "edge_index"],
              **{name: ["x_dict", "edge_index_dict"] for name in ("HANConv", "HeteroConv", "HGTConv")},
              **{name: ["x", "cloud"] for name in ("DynamicEdgeConv", "GravNetConv")}, "XConv": ["x", "pos", "cloud"]}


def cases():
    """Label, specification, and the most edges that it is measured with. Without `gradient` the forward pass alone is
    measured."""
    for name, arguments, inputs, *most in CASES:
        text = ", ".join(f"{key} {value}" for key, value in arguments.items()
                         if key in ("aggr", "heads", "edge_dim", "attn_type", "num_relations", "K"))
        weights = "edge_weight" if name == "GCNConv" and inputs else ""
        forward = "forward" if "colours" in inputs else ""
        text = ", ".join(filter(None, (text, weights, forward)))
        spec = {"name": name, "args": arguments, "inputs": OWN_INPUTS.get(name, ["x", "edge_index", *inputs]),
                "gradient": not forward}
        yield f"{name} ({text})" if text else name, spec, most[0] if most else 10**9
