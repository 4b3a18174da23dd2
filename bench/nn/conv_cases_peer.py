"""The convolutions that conv.py measures: (name, class, arguments, inputs beside x and edge_index, most edges)."""

F = 64  # features of nodes, and of results over all heads
D = 16  # features of edges
RELATIONS = 4


def linear(a, b):
    return {"Linear": {"in_features": a, "out_features": b}}


def mlp(a, b, c):
    return {"Sequential": {"layers": [linear(a, b), "ReLU", linear(b, c)]}}


WIDTHS = {"in_channels": F, "out_channels": F}
HEADS = {"in_channels": F, "out_channels": F // 4, "heads": 4}

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
    ("EdgeConv", {"nn": mlp(2 * F, F, F)}, []),
    ("EGConv", {**WIDTHS, "aggregators": ["symnorm", "mean", "max"]}, []),
    ("FAConv", {"channels": F}, ["x_0"]),
    ("FastRGCNConv", {**WIDTHS, "num_relations": RELATIONS}, ["edge_type"]),
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
    ("HEATConv", {**HEADS, "num_node_types": 2, "num_edge_types": RELATIONS, "edge_type_emb_dim": D, "edge_dim": D,
                  "edge_attr_emb_dim": D}, ["node_type", "edge_type", "edge_attr"]),
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
                 "towers": 4}, []),
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
    ("SSGConv", {**WIDTHS, "alpha": 0.1, "K": 2}, []),
    ("SuperGATConv", HEADS, ["neg_edge_index"]),
    ("TAGConv", WIDTHS, []),
    ("TransformerConv", HEADS, []),
    ("TransformerConv", {**HEADS, "edge_dim": D}, ["edge_attr"]),
    ("WLConvContinuous", {}, ["edge_weight"]),
]


def cases():
    for name, arguments, inputs, *most in CASES:
        text = ", ".join(f"{key} {value}" for key, value in arguments.items()
                         if key in ("aggr", "heads", "edge_dim", "attn_type", "num_relations", "K"))
        weights = "edge_weight" if name == "GCNConv" and inputs else ""
        label = f"{name} ({', '.join(filter(None, (text, weights)))})" if text or weights else name
        edges = {"HypergraphConv": ["hyperedge_index"], "SignedConv": ["pos_edge_index", "neg_edge_index"]}
        own = edges.get(name, ["edge_index", *inputs])
        x = [] if "x_layers" in own else ["x"]
        yield label, {"name": name, "args": arguments, "inputs": [*x, *own]}, most[0] if most else 10**9
