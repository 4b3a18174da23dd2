"""DGL on the cases of training.py; answers the commands of training_bench.cc. Its layers get the parameters of
torch_geometric's, and its graph, once, the loops that GCN and GAT add there."""

import dgl
import dgl.nn
import torch

import training_loop_peer


class Training(training_loop_peer.Training):
    def make_edges(self, edge_index, form, spec):
        graph = dgl.graph((edge_index[0].int(), edge_index[1].int()), num_nodes=len(self.x))  # narrow ones are faster
        if "SAGEConv" not in spec["layers"][0]:
            graph = dgl.add_self_loop(graph)
        graph.create_formats_()
        return graph

    def make_conv(self, name, arguments, state):
        widths = arguments["in_channels"], arguments["out_channels"]
        if name == "GCNConv":
            conv = dgl.nn.GraphConv(*widths)
            named = {"weight": state["lin.weight"].t(), "bias": state["bias"]}
        elif name == "SAGEConv":
            conv = dgl.nn.SAGEConv(*widths, "mean")
            named = {"fc_neigh.weight": state["lin_l.weight"], "fc_self.weight": state["lin_r.weight"],
                     "fc_self.bias": state["lin_l.bias"]}
        else:
            conv = dgl.nn.GATConv(*widths, arguments.get("heads", 1))
            named = {"fc.weight": state["lin.weight"], "attn_l": state["att_src"], "attn_r": state["att_dst"],
                     "bias": state["bias"]}
        conv.load_state_dict(named)
        return conv

    def convolve(self, conv, h):
        return conv(self.edges, h).flatten(1)


if __name__ == "__main__":
    training_loop_peer.serve(Training, f"DGL {dgl.__version__} on torch {torch.__version__}")
