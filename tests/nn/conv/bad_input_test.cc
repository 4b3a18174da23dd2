// Arguments and inputs that a convolution cannot take: the message names it and both values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/config.h"
#include "spinel/nn/conv/list.h"
#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::unique_ptr<CallableModule> conv(const std::string& name, const std::string& arguments) {
  auto made = conv_list().at(name).make(parse_json(arguments, "test"));
  made->to(at::kDouble);
  return made;
}

struct BadArguments {
  const char *name, *arguments, *first, *second;
};

TEST(ConvArguments, ThatDisagreeAreErrors) {
  const BadArguments cases[] = {
      {"GCNConv", R"({"in_channels": 4})", "out_channels", "GCNConv"},
      {"GCNConv", R"({"in_channels": 4, "out_channels": 3, "normalise": true})", "normalise", "normalize"},
      {"GCNConv", R"({"in_channels": 4, "out_channels": 3, "add_self_loops": true, "normalize": false})",
       "add_self_loops is true", "normalize is false"},
      {"GCNConv", R"({"in_channels": 4, "out_channels": 3, "flow": "sideways"})", "sideways", "source_to_target"},
      {"GATConv", R"({"in_channels": 4, "out_channels": 3, "heads": 0})", "heads is 0", "at least 1"},
      {"GATConv", R"({"in_channels": [4, 3, 2], "out_channels": 3})", "3 widths", "in_channels"},
      {"SAGEConv", R"({"in_channels": 4, "out_channels": 3, "aggr": "meen"})", "meen", "SAGEConv: aggr"},
      {"SAGEConv", R"({"in_channels": -1, "out_channels": 3, "project": true})", "-1", "does not support lazy"},
      {"SimpleConv", R"({"combine_root": "some"})", "some", "sum"},
      {"ChebConv", R"({"in_channels": 4, "out_channels": 3, "K": 0})", "K is 0", "at least 1"},
      {"ChebConv", R"({"in_channels": 4, "out_channels": 3, "K": 2, "normalization": "row"})", "row", "'rw'"},
      {"MixHopConv", R"({"in_channels": 4, "out_channels": 3, "powers": []})", "powers is empty", "at least one"},
      {"GINConv", R"({"nn": null})", "nn is None", "GINConv"},
      {"GINEConv", R"({"nn": "Tanh", "edge_dim": 3})", "Tanh", "edge_dim"},
      {"GCN2Conv", R"({"channels": 4, "alpha": 0.1, "theta": 0.5})", "theta is given", "layer is None"},
      {"PNAConv",
       R"({"in_channels": 5, "out_channels": 4, "aggregators": ["mean"], "scalers": ["identity"], "deg": [1, 2],
           "towers": 2, "divide_input": true})",
       "in_channels is 5", "2 towers"},
      {"RGCNConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "num_bases": 2, "num_blocks": 2})",
       "num_bases is 2", "num_blocks is 2"},
      {"RGCNConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "num_blocks": 3})", "num_blocks is 3",
       "widths 4 and 3"},
      {"FastRGCNConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "aggr": "max"})", "'max'",
       "add, sum or mean"},
      {"HypergraphConv", R"({"in_channels": 4, "out_channels": 3, "heads": 2})", "2 heads", "without attention"},
      {"RGATConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "dim": 2})", "dim is 2",
       "additive-self-attention"},
      {"RGATConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "mod": "scale"})", "mod is 'scale'",
       "scaled"},
      {"RGATConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "mod": "scaled", "dropout": 0.5})",
       "mod is scaled", "dropout is 0.5"},
      {"RGATConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "num_bases": 2, "num_blocks": 2})",
       "num_bases is 2", "num_blocks is 2"},
      {"RGATConv", R"({"in_channels": 4, "out_channels": 3, "num_relations": 2, "num_blocks": 3})", "num_blocks is 3",
       "widths 4 and 3"},
      {"DNAConv", R"({"channels": 6, "heads": 4})", "6 channels", "4 heads"},
      {"DNAConv", R"({"channels": 12, "heads": 2, "groups": 3})", "2 heads", "3 groups"},
      {"SplineConv", R"({"in_channels": 4, "out_channels": 3, "dim": 2, "kernel_size": [3, 4, 5]})",
       "kernel_size has 3 values", "dim is 2"},
      {"SplineConv", R"({"in_channels": 4, "out_channels": 3, "dim": 1, "kernel_size": 2, "degree": 3})",
       "kernel_size is 2", "degree 3"},
      {"SplineConv", R"({"in_channels": 4, "out_channels": 3, "dim": 9, "kernel_size": 30})", "kernel_size makes more",
       "SplineConv"},
      {"GENConv", R"({"in_channels": 4, "out_channels": 3, "norm": "group"})", "group", "batch"},
      {"SuperGATConv", R"({"in_channels": 4, "out_channels": 3, "attention_type": "XM"})", "XM", "MX"},
      {"SuperGATConv", R"({"in_channels": 4, "out_channels": 3, "edge_sample_ratio": 0})", "edge_sample_ratio 0",
       "(0, 1]"},
      {"FusedGATConv", R"({"in_channels": 4, "out_channels": 3})", "add_self_loops is true", "FusedGATConv"},
      {"FusedGATConv", R"({"in_channels": 4, "out_channels": 3, "add_self_loops": false, "edge_dim": 2})",
       "edge_dim is 2", "FusedGATConv"},
      {"PANConv", R"({"in_channels": 4, "out_channels": 3, "filter_size": -1})", "filter_size is -1", "at least 0"},
      {"DirGNNConv", R"({"conv": null})", "conv is None", "DirGNNConv"},
      {"DirGNNConv", R"({"conv": {"LGConv": {}}})", "LGConv has no out_channels", "root_weight"},
      {"DirGNNConv", R"({"conv": "SageConv"})", "SageConv", "SAGEConv"},
      {"AntiSymmetricConv", R"({"in_channels": 4, "act": "tahn"})", "tahn", "tanh"},
      {"GPSConv", R"({"channels": 4, "conv": null, "attn_type": "bigbird"})", "bigbird", "performer"},
      {"GPSConv", R"({"channels": 4, "conv": null, "heads": 3})", "4 channels", "3 heads"},
      {"GPSConv", R"({"channels": 4, "conv": null, "attn_kwargs": {"dropuot": 0.1}})", "dropuot", "dropout"},
  };
  for (const BadArguments& one : cases) {
    SCOPED_TRACE(std::string(one.name) + " " + one.arguments);
    EXPECT_THAT(error_of([&] { conv(one.name, one.arguments); }).what(),
                AllOf(HasSubstr(one.first), HasSubstr(one.second)));
  }
}

struct BadInput {
  const char *name, *arguments;
  std::vector<std::pair<std::string, at::Tensor>> inputs;  ///< beside x and edge_index
  const char* message;
};

TEST(ConvInput, ThatDisagreesIsAnError) {
  at::manual_seed(3);
  const TestGraph graph = random_graph(7, 16, 5);
  const at::Tensor five = at::ones({5}, at::kDouble), attr = at::ones({16, 2}, at::kDouble);
  const BadInput cases[] = {
      {"GCNConv", R"({"in_channels": 4, "out_channels": 3})", {}, "x has 5 features but 4 are expected"},
      {"GCNConv",
       R"({"in_channels": 5, "out_channels": 3})",
       {{"edge_weight", five}},
       "edge_weight has the sizes [5] but edge_index has 16 edges"},
      {"GraphConv",
       R"({"in_channels": 5, "out_channels": 3})",
       {{"edge_weight", five}},
       "edge_weight has the sizes [5] but edge_index has 16 edges"},
      {"GATConv",
       R"({"in_channels": 5, "out_channels": 3, "edge_dim": 1})",
       {{"edge_attr", five}},
       "edge_attr has 5 rows but edge_index has 16 edges"},
      {"GATConv",
       R"({"in_channels": 5, "out_channels": 3, "edge_dim": 3})",
       {{"edge_attr", attr}},
       "edge_attr has 2 features but 3 are expected"},
      {"TransformerConv", R"({"in_channels": 5, "out_channels": 3, "edge_dim": 3})", {}, "edge_attr is None"},
      {"ResGatedGraphConv", R"({"in_channels": 5, "out_channels": 3, "edge_dim": 3})", {}, "edge_attr is None"},
      {"CGConv", R"({"channels": 5, "dim": 3})", {{"edge_attr", attr}}, "edge_attr has 2 features but dim is 3"},
      {"NNConv",
       R"({"in_channels": 5, "out_channels": 3, "nn": {"Linear": {"in_features": 2, "out_features": 7}}})",
       {{"edge_attr", attr}},
       "nn makes 7 numbers of an edge but 5 times 3"},
      {"GINEConv",
       R"({"nn": {"Linear": {"in_features": 5, "out_features": 3}}})",
       {{"edge_attr", attr}},
       "edge_attr has 2 features but the nodes have 5"},
      {"GatedGraphConv", R"({"out_channels": 3, "num_layers": 2})", {}, "x has 5 features but out_channels is 3"},
      {"EdgeConv",
       R"({"nn": {"Linear": {"in_features": 8, "out_features": 3}}})",
       {},
       "x has 5 features but nn takes 8"},
      {"RGCNConv", R"({"in_channels": 5, "out_channels": 3, "num_relations": 2})", {}, "edge_type is None"},
      {"RGCNConv",
       R"({"in_channels": 5, "out_channels": 3, "num_relations": 2})",
       {{"edge_type", at::full({16}, 2, at::kLong)}},
       "edge_type holds 2; it must lie in [0, 2)"},
      {"RGATConv", R"({"in_channels": 5, "out_channels": 3, "num_relations": 2})", {}, "edge_type is None"},
      {"RGATConv",
       R"({"in_channels": 5, "out_channels": 3, "num_relations": 2})",
       {{"edge_type", at::full({16}, 2, at::kLong)}},
       "edge_type holds 2; it must lie in [0, 2)"},
      {"RGATConv",
       R"({"in_channels": 5, "out_channels": 3, "num_relations": 2})",
       {{"edge_type", at::zeros({16}, at::kLong)}, {"edge_attr", attr}},
       "edge_attr is given but edge_dim is None; it must be 2"},
      {"DNAConv", R"({"channels": 5})", {}, "x has the sizes [7, 5]"},
      {"HEATConv",
       R"({"in_channels": 5, "out_channels": 3, "num_node_types": 2, "num_edge_types": 3, "edge_type_emb_dim": 2,
           "edge_dim": 3, "edge_attr_emb_dim": 2})",
       {{"node_type", five}, {"edge_type", five}},
       "node_type has 5 numbers but x has 7 nodes"},
      {"SplineConv", R"({"in_channels": 5, "out_channels": 3, "dim": 2, "kernel_size": 3})", {}, "edge_attr is None"},
      {"SplineConv",
       R"({"in_channels": 5, "out_channels": 3, "dim": 3, "kernel_size": 3})",
       {{"edge_attr", attr}},
       "edge_attr has 2 features but 3 are expected"},
      {"FAConv", R"({"channels": 5, "normalize": false})", {{"x_0", graph.x}}, "edge_weight is None"},
      {"GMMConv",
       R"({"in_channels": 5, "out_channels": 3, "dim": 3, "kernel_size": 2})",
       {{"edge_attr", attr}},
       "edge_attr has 2 features but 3 are expected"},
      {"PointGNNConv",
       R"({"mlp_h": "Tanh", "mlp_f": "Tanh", "mlp_g": "Tanh"})",
       {{"pos", at::ones({6, 3}, at::kDouble)}},
       "x has the sizes [7, 5] and pos [6, 3]"},
  };
  for (const BadInput& one : cases) {
    SCOPED_TRACE(std::string(one.name) + " " + one.arguments);
    CallArguments call{{graph.x}, {}};
    call.named.emplace_back("edge_index", graph.edge_index);
    for (const auto& [name, tensor] : one.inputs) call.named.emplace_back(name, tensor);
    EXPECT_THAT(error_of([&] { conv(one.name, one.arguments)->call(call); }).what(),
                AllOf(StartsWith(std::string(one.name) + ": "), HasSubstr(one.message)));
  }
}

TEST(ConvInput, APairIsRefusedWhereSourcesAreTargets) {
  const TestGraph graph = random_graph(7, 16, 4);
  const CallArguments call{{Features(graph.x, graph.x), graph.edge_index}, {}};
  EXPECT_THAT(error_of([&] { conv("GCNConv", R"({"in_channels": 4, "out_channels": 3})")->call(call); }).what(),
              HasSubstr("SAGEConv and GraphConv"));
  EXPECT_THAT(error_of([&] { conv("SimpleConv", R"({"combine_root": "self_loop"})")->call(call); }).what(),
              HasSubstr("two sets of nodes"));
}

}  // namespace
}  // namespace spinel::nn
