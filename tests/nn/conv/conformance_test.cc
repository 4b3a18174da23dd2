#include "tests/nn/conv/conformance.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/config.h"
#include "spinel/nn/conv/list.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::nn {

const at::Tensor& TestGraph::named(const std::string& name) const {
  if (name == "pos") return pos;
  if (name == "normal") return normal;
  if (name == "x_0") return x_0;
  if (name == "edge_weight") return edge_weight;
  if (name == "edge_attr") return edge_attr;
  if (name == "edge_type") return edge_type;
  if (name == "node_type") return node_type;
  throw std::invalid_argument("no such input: " + name);
}

TestGraph random_graph(int64_t nodes, int64_t edges, int64_t width, bool loops) {
  at::Tensor places = at::randperm(nodes * nodes);
  if (!loops) places = places.masked_select(places.remainder(nodes).ne(places.div(nodes, "floor")));
  places = places.slice(0, 0, std::min(edges, places.size(0)));
  TestGraph graph;
  graph.edge_index = at::stack({places.remainder(nodes), places.div(nodes, "floor")});
  const int64_t count = places.size(0);
  graph.x = at::randn({nodes, width}, at::kDouble);
  graph.x_0 = at::randn({nodes, width}, at::kDouble);
  graph.pos = at::randn({nodes, 3}, at::kDouble);
  graph.normal = at::randn({nodes, 3}, at::kDouble);
  graph.edge_weight = at::rand({count}, at::kDouble) + 0.5;
  graph.edge_attr = at::rand({count, 3}, at::kDouble);
  graph.edge_type = at::randint(3, {count}, at::kLong);
  graph.node_type = at::randint(2, {nodes}, at::kLong);
  return graph;
}

namespace {

using sparse::SparseTensor;

bool is_of_nodes(const std::string& name) {
  return name == "pos" || name == "normal" || name == "x_0" || name == "node_type";
}

TestGraph permuted(const TestGraph& graph, const at::Tensor& nodes, const at::Tensor& edges) {
  TestGraph other = graph;
  const at::Tensor inverse = at::empty_like(nodes).scatter_(0, nodes, at::arange(nodes.size(0)));
  for (at::Tensor* part : {&other.x, &other.pos, &other.normal, &other.x_0, &other.node_type}) {
    *part = part->index_select(0, nodes);
  }
  other.edge_index = inverse.index({graph.edge_index}).index_select(1, edges);
  for (at::Tensor* part : {&other.edge_weight, &other.edge_attr, &other.edge_type})
    *part = part->index_select(0, edges);
  return other;
}

TestGraph joined(const TestGraph& a, const TestGraph& b) {
  TestGraph both;
  const auto join = [&](at::Tensor TestGraph::*part) { both.*part = at::cat({a.*part, b.*part}); };
  for (const auto part : {&TestGraph::x, &TestGraph::pos, &TestGraph::normal, &TestGraph::x_0, &TestGraph::node_type,
                          &TestGraph::edge_weight, &TestGraph::edge_attr, &TestGraph::edge_type}) {
    join(part);
  }
  both.edge_index = at::cat({a.edge_index, b.edge_index + a.nodes()}, 1);
  return both;
}

class ConvConformance : public testing::TestWithParam<ConvCase> {
 protected:
  ConvConformance() { at::manual_seed(7); }

  std::unique_ptr<CallableModule> made() const {
    const ConvCase& one = GetParam();
    std::unique_ptr<CallableModule> conv = conv_list().at(one.name).make(parse_json(one.arguments, one.name));
    conv->to(at::kDouble);
    conv->eval();
    return conv;
  }
  TestGraph graph(int64_t nodes = 7, int64_t edges = 16) const {
    TestGraph made = random_graph(nodes, edges, GetParam().in);
    if (GetParam().layers > 0) made.x = at::randn({nodes, GetParam().layers, GetParam().in}, at::kDouble);
    return made;
  }

  bool takes(const std::string& name) const {
    const auto& inputs = GetParam().inputs;
    return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
  }
  /// The values that a matrix of the graph carries: what the convolution would take of its edges.
  at::Tensor edge_values(const TestGraph& graph) const {
    for (const char* name : {"edge_weight", "edge_attr", "edge_type"}) {
      if (takes(name)) return graph.named(name);
    }
    return {};
  }
  CallArguments arguments(const TestGraph& graph, Value x, Value edges) const {
    CallArguments call{{std::move(x)}, {}};
    call.named.emplace_back("edge_index", std::move(edges));
    for (const std::string& name : GetParam().inputs) {
      const bool in_matrix = call.named.front().second.sparse() && !is_of_nodes(name);
      if (!in_matrix) call.named.emplace_back(name, graph.named(name));
    }
    return call;
  }
  at::Tensor run(CallableModule& conv, const TestGraph& graph) const {
    return *conv.call(arguments(graph, graph.x, graph.edge_index)).at(0).tensor();
  }
};

/// Of the convolutions that take two sets of nodes, matrices or batches.
class PairConformance : public ConvConformance {};
class MatrixConformance : public ConvConformance {};
class BatchConformance : public ConvConformance {};

TEST_P(ConvConformance, NodesAndEdgesMayComeInAnyOrder) {
  const auto conv = made();
  const TestGraph one = graph();
  const at::Tensor nodes = at::randperm(one.nodes()), edges = at::randperm(one.edge_index.size(1));
  const at::Tensor out = run(*conv, one);
  EXPECT_TRUE(at::allclose(run(*conv, permuted(one, nodes, edges)), out.index_select(0, nodes), 1e-8, 1e-8));
  EXPECT_EQ(out.scalar_type(), at::kDouble);
}

TEST_P(PairConformance, APairOfTheSameFeaturesIsOneGraph) {
  const auto conv = made();
  const TestGraph one = graph();
  const ValueList pair = conv->call(arguments(one, Features(one.x, one.x), one.edge_index));
  EXPECT_TRUE(at::allclose(*pair.at(0).tensor(), run(*conv, one)));
}

TEST_P(MatrixConformance, AMatrixIsAsGoodAsAListOfEdges) {
  const auto conv = made();
  const TestGraph one = graph();
  const SparseTensor adj_t(sparse::StorageArguments{.row = one.edge_index[1],
                                                    .col = one.edge_index[0],
                                                    .value = edge_values(one),
                                                    .sparse_sizes = {one.nodes(), one.nodes()}});
  const at::Tensor out = *conv->call(arguments(one, one.x, adj_t)).at(0).tensor();
  if (GetParam().sparse_equal) EXPECT_TRUE(at::allclose(out, run(*conv, one), 1e-8, 1e-8));
}

TEST_P(BatchConformance, GraphsOfABatchDoNotSeeEachOther) {
  const auto conv = made();
  const TestGraph a = graph(5, 9), b = graph(6, 12);
  const at::Tensor apart = at::cat({run(*conv, a), run(*conv, b)});
  EXPECT_TRUE(at::allclose(run(*conv, joined(a, b)), apart, 1e-8, 1e-8));
}

TEST_P(ConvConformance, FirstAndSecondDerivativesAreThoseOfTheResult) {
  const auto conv = made();
  const TestGraph one = graph();
  const at::Tensor weights = at::randn_like(run(*conv, one)), direction = at::randn_like(one.x);
  const auto value = [&](const at::Tensor& x) {
    TestGraph moved = one;
    moved.x = x;
    return run(*conv, moved).square().mul(weights).sum();
  };
  const auto slope = [&](const at::Tensor& x, bool create_graph) {
    const at::Tensor leaf = x.requires_grad() ? x : x.detach().clone().set_requires_grad(true);
    return torch::autograd::grad({value(leaf)}, {leaf}, {}, create_graph, create_graph)[0];
  };
  const double h = 1e-6;
  const at::Tensor change = (value(one.x + h * direction) - value(one.x - h * direction)) / (2 * h);
  const double found = slope(one.x, false).mul(direction).sum().item<double>();
  EXPECT_NEAR(found, change.item<double>(), 1e-4 * std::max(1.0, std::abs(found)));
  if (!GetParam().double_backward) return;
  const at::Tensor leaf = one.x.clone().set_requires_grad(true);
  const at::Tensor along = slope(leaf, true).mul(direction).sum();
  const at::Tensor second = torch::autograd::grad({along}, {leaf}, {}, false, false, true)[0];
  const at::Tensor wanted = (slope(one.x + h * direction, false) - slope(one.x - h * direction, false)) / (2 * h);
  EXPECT_TRUE(at::allclose(second, wanted, 1e-3, 1e-3 * wanted.abs().max().item<double>() + 1e-6));
}

TEST_P(ConvConformance, ParametersHaveGradients) {
  const auto conv = made();
  const TestGraph one = graph();
  run(*conv, one);
  const std::vector<at::Tensor> parameters = conv->parameters();
  if (parameters.empty()) GTEST_SKIP();
  const auto found = torch::autograd::grad({run(*conv, one).square().sum()}, parameters, {}, false, false, true);
  for (const at::Tensor& gradient : found) {
    if (gradient.defined()) EXPECT_TRUE(gradient.isfinite().all().item<bool>());
  }
}

TEST_P(ConvConformance, SavedStateGivesTheSameResult) {
  const auto conv = made(), other = made();
  const TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  run(*other, one);
  other->load_state_dict(conv->state_dict());
  EXPECT_TRUE(at::equal(run(*other, one), out));
  EXPECT_TRUE(conv->to_string().starts_with(GetParam().name));
}

TEST_P(ConvConformance, GraphsMayBeEmpty) {
  const auto conv = made();
  TestGraph one = graph(4, 0);
  const at::Tensor out = run(*conv, one);
  EXPECT_EQ(out.size(0), 4);
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  if (!GetParam().no_nodes) return;
  const TestGraph none = graph(0, 0);
  EXPECT_EQ(run(*conv, none).size(0), 0);
}

TEST_P(ConvConformance, NodesOutOfRangeAreErrorsThatNameTheConvolution) {
  const auto conv = made();
  for (const int64_t bad : {int64_t{7}, int64_t{-1}}) {
    for (const int64_t row : {0, 1}) {
      TestGraph one = graph();
      one.edge_index[row][3] = bad;
      try {
        run(*conv, one);
        ADD_FAILURE() << "node " << bad << " was taken";
      } catch (const Error& error) {
        const std::string text = error.what();
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
        EXPECT_TRUE(text.starts_with(GetParam().name + ": ")) << text;
        EXPECT_NE(text.find(std::to_string(bad)), std::string::npos) << text;
      }
    }
  }
}

TEST_P(ConvConformance, EdgeListsOfAnotherShapeOrTypeAreErrors) {
  const auto conv = made();
  for (const at::Tensor& bad :
       {at::zeros({3, 4}, at::kLong), at::zeros({4}, at::kLong), at::zeros({2, 16}, at::kFloat)}) {
    TestGraph one = graph();
    one.edge_index = bad;
    try {
      run(*conv, one);
      ADD_FAILURE() << "edge_index was taken";
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(GetParam().name + ": ")) << error.what();
    }
  }
}

TEST_P(ConvConformance, Int32EdgesAreTaken) {
  const auto conv = made();
  TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  one.edge_index = one.edge_index.to(at::kInt);
  EXPECT_TRUE(at::allclose(run(*conv, one), out));
}

const char* const small_nn =
    R"({"Sequential": {"layers": [{"Linear": {"in_features": 4, "out_features": 5}}, "Tanh"]}})";

std::string with_nn(const std::string& more = "") { return std::string(R"({"nn": )") + small_nn + more + "}"; }

// One line a convolution.
const ConvCase cases[] = {
    {.name = "AGNNConv", .arguments = "{}", .inputs = {}, .pair = false},
    {.name = "APPNP", .arguments = R"({"K": 3, "alpha": 0.2})", .inputs = {"edge_weight"}, .pair = false},
    {.name = "AntiSymmetricConv", .arguments = R"({"in_channels": 4, "num_iters": 2})", .inputs = {}, .pair = false},
    {.name = "ARMAConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_stacks": 2, "num_layers": 2, "act": "Tanh"})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "CGConv", .arguments = R"({"channels": 4, "dim": 3})", .inputs = {"edge_attr"}},
    {.name = "ChebConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 3})",
     .inputs = {"edge_weight"},
     .pair = false,
     .sparse = false,
     .batch = false,
     .no_nodes = false},
    {.name = "ClusterGCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "diag_lambda": 0.3})",
     .inputs = {},
     .pair = false,
     .sparse_equal = false},  // degrees of a matrix without values are float32, as golden cases have them
    {.name = "DirGNNConv",
     .arguments = R"({"conv": {"SAGEConv": {"in_channels": 4, "out_channels": 3}}, "alpha": 0.3})",
     .inputs = {},
     .pair = false,
     .sparse = false},
    {.name = "DNAConv",
     .arguments = R"({"channels": 4, "heads": 2, "groups": 2})",
     .inputs = {"edge_weight"},
     .pair = false,
     .layers = 3},
    {.name = "DNAConv",
     .arguments = R"({"channels": 4, "normalize": false, "aggr": "max"})",
     .inputs = {"edge_weight"},
     .pair = false,
     .layers = 2},
    {.name = "FAConv", .arguments = R"({"channels": 4})", .inputs = {"x_0"}, .pair = false},
    {.name = "FastRGCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3})",
     .inputs = {"edge_type"}},
    {.name = "FeaStConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})", .inputs = {}},
    {.name = "GCN2Conv",
     .arguments = R"({"channels": 4, "alpha": 0.2, "theta": 0.5, "layer": 2})",
     .inputs = {"x_0", "edge_weight"},
     .pair = false},
    {.name = "GENConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "norm": "layer"})", .inputs = {}},
    {.name = "GENConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "mean", "norm": null, "edge_dim": 3})",
     .inputs = {"edge_attr"}},
    {.name = "PDNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "edge_dim": 3, "hidden_channels": 5})",
     .inputs = {"edge_attr"},
     .pair = false},
    {.name = "PointTransformerConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"pos"}},
    {.name = "PointNetConv", .arguments = "{}", .inputs = {"pos"}, .pair = false},
    {.name = "RGCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "num_bases": 2})",
     .inputs = {"edge_type"}},
    {.name = "RGCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 6, "num_relations": 3, "num_blocks": 2})",
     .inputs = {"edge_type"}},
    {.name = "EdgeConv",
     .arguments = R"({"nn": {"Sequential": {"layers": [{"Linear": {"in_features": 8, "out_features": 5}}, "Tanh"]}}})",
     .inputs = {}},
    {.name = "GATConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})", .inputs = {}},
    {.name = "GATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "edge_dim": 3, "residual": true})",
     .inputs = {"edge_attr"},
     .sparse = false},
    {.name = "GATv2Conv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "concat": false})",
     .inputs = {}},
    {.name = "GCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "GCNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "improved": true})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "GINConv", .arguments = with_nn(R"(, "train_eps": true)"), .inputs = {}},
    {.name = "GINEConv", .arguments = with_nn(R"(, "edge_dim": 3)"), .inputs = {"edge_attr"}},
    {.name = "EGConv",
     .arguments = R"({"in_channels": 4, "out_channels": 6, "aggregators": ["symnorm", "max", "var"], "num_heads": 2})",
     .inputs = {},
     .pair = false},
    {.name = "FiLMConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "act": "Tanh"})",
     .inputs = {"edge_type"}},
    {.name = "GMMConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 2})",
     .inputs = {"edge_attr"}},
    {.name = "GeneralConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "attention": true})",
     .inputs = {}},
    {.name = "GeneralConv",
     .arguments = R"({"in_channels": 4, "out_channels": 4, "in_edge_channels": 3, "attention": true,
                      "attention_type": "dot_product", "directed_msg": false})",
     .inputs = {"edge_attr"}},
    {.name = "WLConvContinuous", .arguments = "{}", .inputs = {"edge_weight"}},
    {.name = "GatedGraphConv",
     .arguments = R"({"out_channels": 5, "num_layers": 2})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "GPSConv",
     .arguments = R"({"channels": 4, "conv": {"GCNConv": {"in_channels": 4, "out_channels": 4}}, "heads": 2,
                      "act": "tanh", "norm": "layer_norm"})",
     .inputs = {},
     .pair = false,
     .batch = false},
    {.name = "GraphConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"edge_weight"}},
    {.name = "GraphConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "max"})",
     .inputs = {"edge_weight"}},
    {.name = "HEATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_node_types": 2, "num_edge_types": 3,
                      "edge_type_emb_dim": 2, "edge_dim": 3, "edge_attr_emb_dim": 2, "heads": 2})",
     .inputs = {"node_type", "edge_type", "edge_attr"},
     .pair = false,
     .sparse = false},
    {.name = "LEConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"edge_weight"}},
    {.name = "LGConv", .arguments = "{}", .inputs = {"edge_weight"}, .pair = false},
    {.name = "MFConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "max_degree": 2})", .inputs = {}},
    {.name = "MixHopConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "NNConv",
     .arguments = R"({"in_channels": 4, "out_channels": 2, "nn": {"Linear": {"in_features": 3, "out_features": 8}}})",
     .inputs = {"edge_attr"}},
    {.name = "PANConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "filter_size": 2})",
     .inputs = {},
     .pair = false},
    {.name = "PNAConv",
     .arguments =
         R"({"in_channels": 4, "out_channels": 4, "aggregators": ["mean", "max", "std"],
         "scalers": ["identity", "linear"], "deg": [1, 2, 3], "towers": 2, "edge_dim": 3, "divide_input": true})",
     .inputs = {"edge_attr"},
     .pair = false},
    {.name = "RGATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "heads": 2, "mod": "scaled"})",
     .inputs = {"edge_type"}},
    {.name = "RGATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "num_bases": 2, "dim": 2,
                      "attention_mechanism": "within-relation", "mod": "additive",
                      "attention_mode": "multiplicative-self-attention", "concat": false})",
     .inputs = {"edge_type"}},
    {.name = "ResGatedGraphConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "edge_dim": 3})",
     .inputs = {"edge_attr"}},
    {.name = "SAGEConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "normalize": true})", .inputs = {}},
    {.name = "SAGEConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "max", "project": true})",
     .inputs = {}},
    {.name = "SGConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 2})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "SSGConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 2, "alpha": 0.2})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "SimpleConv", .arguments = R"({"aggr": "mean", "combine_root": "cat"})", .inputs = {"edge_weight"}},
    {.name = "SplineConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": [3, 4, 5], "degree": 2})",
     .inputs = {"edge_attr"}},
    {.name = "SplineConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 3, "is_open_spline": false,
                      "degree": 3, "aggr": "max"})",
     .inputs = {"edge_attr"}},
    {.name = "SuperGATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})",
     .inputs = {},
     .pair = false},
    {.name = "SuperGATConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "attention_type": "SD", "concat": false})",
     .inputs = {},
     .pair = false},
    {.name = "TAGConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3})",
     .inputs = {"edge_weight"},
     .pair = false},
    {.name = "TransformerConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "beta": true})",
     .inputs = {}},
    {.name = "TransformerConv",
     .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "edge_dim": 3})",
     .inputs = {"edge_attr"}},
};

std::string case_name(const testing::TestParamInfo<ConvCase>& info) {
  return info.param.name + std::to_string(info.index);
}

std::vector<ConvCase> cases_with(bool ConvCase::*flag) {
  std::vector<ConvCase> result;
  std::copy_if(std::begin(cases), std::end(cases), std::back_inserter(result),
               [&](const ConvCase& one) { return one.*flag; });
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, ConvConformance, testing::ValuesIn(cases), case_name);
INSTANTIATE_TEST_SUITE_P(All, PairConformance, testing::ValuesIn(cases_with(&ConvCase::pair)), case_name);
INSTANTIATE_TEST_SUITE_P(All, MatrixConformance, testing::ValuesIn(cases_with(&ConvCase::sparse)), case_name);
INSTANTIATE_TEST_SUITE_P(All, BatchConformance, testing::ValuesIn(cases_with(&ConvCase::batch)), case_name);

}  // namespace
}  // namespace spinel::nn
